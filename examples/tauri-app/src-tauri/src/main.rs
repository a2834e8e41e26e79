//! The app: Rust starts the sidecar and owns its pipes; the window gets a view of the session, and no token.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use loopkey_sidecar::Sidecar;
use serde_json::{json, Value};
use std::process::Command;
use std::sync::Arc;
use tauri::{AppHandle, Emitter, Manager};

/// What a window may know: not the address for the browser, which holds `state` and `nonce`.
fn view(state: &Value) -> Value {
    json!({
        "status": state["status"],
        "name": state["session"]["claims"]["name"].as_str().or(state["session"]["subject"].as_str()),
        "device": state["device"],
        "reason": state["reason"]["message"],
        "degraded": state["degraded"]["message"],
    })
}

/// A call blocks: never on the thread that draws the window.
async fn call(app: AppHandle, method: &'static str, params: Value) -> Result<Value, String> {
    let task = move || {
        let sidecar = app.state::<Arc<Sidecar>>().inner().clone();
        sidecar.call(method, params)
    };
    let outcome = tauri::async_runtime::spawn_blocking(task)
        .await
        .map_err(|error| error.to_string())?;
    outcome.map_err(|error| {
        error["message"]
            .as_str()
            .unwrap_or("Something went wrong.")
            .into()
    })
}

#[tauri::command]
async fn auth_state(app: AppHandle) -> Result<Value, String> {
    call(app, "getState", json!({}))
        .await
        .map(|state| view(&state))
}

#[tauri::command]
async fn sign_in(app: AppHandle) -> Result<(), String> {
    call(app, "signIn", json!({})).await.map(drop)
}

#[tauri::command]
async fn notes(app: AppHandle) -> Result<Value, String> {
    let answer = call(app, "fetch", json!({ "url": api_url() })).await?;
    serde_json::from_str(answer["body"].as_str().unwrap_or_default())
        .map_err(|error| error.to_string())
}

#[tauri::command]
async fn sign_out(app: AppHandle) -> Result<Value, String> {
    call(app, "signOut", json!({})).await
}

/// Beside the app's own program: there the build puts it, and the bundle too.
fn sidecar_command() -> std::io::Result<Command> {
    let name = if cfg!(windows) {
        "loopkey.exe"
    } else {
        "loopkey"
    };
    let own = std::env::current_exe()?.canonicalize()?;
    Ok(Command::new(own.with_file_name(name)))
}

fn issuer() -> String {
    std::env::var("EXAMPLE_ISSUER").unwrap_or("http://127.0.0.1:4711".into())
}

fn api_url() -> String {
    format!("{}/api/notes", issuer())
}

fn start(app: &AppHandle) -> Result<(), Box<dyn std::error::Error>> {
    let window = app.clone();
    let sidecar = Sidecar::start(sidecar_command()?, move |state| {
        // A window that is gone is told nothing.
        let _ = window.emit("auth-state", view(state));
    })?;
    let config = json!({ "issuer": issuer(), "clientId": "loopkey-demo", "scope": "openid profile offline_access" });
    let params =
        json!({ "protocolVersion": 1, "appName": "Example Notes (Tauri)", "config": config });
    sidecar
        .call("initialize", params)
        .map_err(|error| error["message"].to_string())?;
    app.manage(Arc::new(sidecar));
    Ok(())
}

fn main() {
    // Nothing to end: the sidecar goes with its stdin, which the system closes with this process, however that dies.
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![
            auth_state, sign_in, notes, sign_out
        ])
        .setup(|app| start(app.handle()))
        .run(tauri::generate_context!())
        .expect("a configuration that was checked at the build");
}
