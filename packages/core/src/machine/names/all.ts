// Every name of a guard or an action that a state may use. What it stands for is in the file of its story: sign-in, elsewhere (what
// another process left), session, sign-out.
export { signOutNames as allNames } from "./sign-out.js";
