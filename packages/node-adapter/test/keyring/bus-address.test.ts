import { describe, expect, test } from "vitest";
import { busSockets } from "../../src/keyring/inside/bus-address.js";

describe("the sockets of a D-Bus session", () => {
  test.each([
    ["unix:path=/run/user/1000/bus", ["/run/user/1000/bus"]],
    ["unix:path=/run/user/1000/bus,guid=0123456789abcdef", ["/run/user/1000/bus"]],
    ["unix:guid=0123456789abcdef,path=/tmp/dbus", ["/tmp/dbus"]],
    ["unix:path=/tmp/with%20a%2cblank", ["/tmp/with a,blank"]],
    ["unix:path=/tmp/100%", ["/tmp/100%"]],
    ["unix:abstract=/tmp/dbus-AbC,guid=1", ["\0/tmp/dbus-AbC"]],
    ["tcp:host=localhost,port=1;unix:path=/a;unix:abstract=b", ["/a", "\0b"]],
    ["autolaunch:", []],
    ["rubbish", []],
  ])("are those that %s names", (address, expected) => {
    expect(busSockets({ DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: "/run/user/1" })).toEqual(
      expected,
    );
  });

  test("without an address are the one of the account's runtime folder, or none", () => {
    expect(busSockets({ XDG_RUNTIME_DIR: "/run/user/1" })).toEqual(["/run/user/1/bus"]);
    expect(busSockets({ DBUS_SESSION_BUS_ADDRESS: "", XDG_RUNTIME_DIR: "/run/user/1" })).toEqual([
      "/run/user/1/bus",
    ]);
    expect(busSockets({})).toEqual([]);
  });
});
