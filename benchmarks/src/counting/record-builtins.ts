// For `node --import`: as the process ends, writes the modules of Node that were loaded after this one to the file that the environment
// names, and how often it waited for the disk. No import in it: that alone would load some of them.
const fs = process.getBuiltinModule("node:fs");
let syncs = 0;
for (const name of ["fsync", "fdatasync", "fsyncSync", "fdatasyncSync"] as const) {
  const original = fs[name] as (...args: readonly unknown[]) => unknown;
  Object.assign(fs, {
    [name](...args: readonly unknown[]) {
      syncs++;
      return original(...args);
    },
  });
}
// Not declared: what Node has loaded, as "NativeModule fs", in their order.
const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
const before = new Set(moduleLoadList);
process.on("exit", () => {
  const loaded = moduleLoadList.filter((each) => !before.has(each) && each.startsWith("NativeModule "));
  const names = loaded.map((each) => each.replace("NativeModule ", ""));
  fs.appendFileSync(process.env["LOOPKEY_BUILTINS_FILE"]!, JSON.stringify({ names, syncs }));
});
