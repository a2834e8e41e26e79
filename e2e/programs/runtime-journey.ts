// The journey of an app, as a program that is not packed.
import { journey } from "./journey.js";

await journey();
