// A page: no types of Node, none of Electron.
import { AuthError, connectAuth, type AuthState } from "@loopkey/electron-adapter/renderer";

const auth = connectAuth();
auth.subscribe((state: AuthState) => void (document.title = state.status));
try {
  await auth.signIn();
} catch (error) {
  document.body.textContent = error instanceof AuthError ? error.code : "unexpected";
}
