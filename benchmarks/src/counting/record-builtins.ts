// For `node --import`: as the process ends, writes the modules of Node that were loaded after this one to the file that the environment
// names. No import in it: that alone would load some of them.
const { appendFileSync } = process.getBuiltinModule("node:fs");
// Not declared: what Node has loaded, as "NativeModule fs", in their order.
const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
const before = new Set(moduleLoadList);
process.on("exit", () => {
  const loaded = moduleLoadList.filter((each) => !before.has(each) && each.startsWith("NativeModule "));
  const names = loaded.map((each) => each.replace("NativeModule ", ""));
  appendFileSync(process.env["LOOPKEY_BUILTINS_FILE"]!, names.join("\n"));
});
