// What only the compiler can show: `pnpm types` fails when one of these does not hold.
import type * as electronCommon from "electron/common";
import type * as electronMain from "electron/main";
import type { AuthState, Session } from "@loopkey/core";
import { expectTypeOf, test } from "vitest";
import { createElectronPorts, serveAuth, type AppWindow, type ElectronMain } from "../src/main/index.js";
import type { WindowAuth } from "../src/renderer/index.js";
import type { ElectronDoubleMain } from "../src/testing/index.js";

type RealMain = typeof electronMain;
type RealCommon = typeof electronCommon;

test("Electron's own modules are what /main takes for Electron, and so is the double", () => {
  expectTypeOf<RealMain & Pick<RealCommon, "shell">>().toExtend<ElectronMain>();
  expectTypeOf<ElectronDoubleMain>().toExtend<ElectronMain>();
  expectTypeOf<InstanceType<RealMain["BrowserWindow"]>>().toExtend<AppWindow>();
  expectTypeOf<InstanceType<ElectronDoubleMain["BrowserWindow"]>>().toExtend<AppWindow>();
});

test("what the double has, Electron has by the same name", () => {
  expectTypeOf<Exclude<keyof ElectronDoubleMain, keyof RealMain | "shell">>().toEqualTypeOf<never>();
});

test("an option that is misspelt does not compile, nor does a command that is not allowed to exist", () => {
  // @ts-expect-error: the option is called "origins"
  expectTypeOf(serveAuth).toBeCallableWith({} as never, { origin: ["app://notes"] });
  // @ts-expect-error: there is no such store
  expectTypeOf(createElectronPorts).toBeCallableWith({ appName: "Notes", store: "keychain" });
  expectTypeOf<WindowAuth>().not.toHaveProperty("getAccessToken");
  expectTypeOf<WindowAuth["getState"]>().returns.toEqualTypeOf<AuthState>();
  expectTypeOf<WindowAuth["signIn"]>().returns.toEqualTypeOf<Promise<Session>>();
});
