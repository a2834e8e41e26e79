//! Each command needs a permission, so that a window can call what its capability names and nothing else.
fn main() {
    let commands =
        tauri_build::AppManifest::new().commands(&["auth_state", "sign_in", "notes", "sign_out"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("a configuration that can be built");
}
