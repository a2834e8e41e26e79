//! A command line in Rust whose session is kept by `loopkey serve`: notes ISSUER CLIENT_ID API_URL LOOPKEY...
use loopkey_sidecar::Sidecar;
use serde_json::{json, Value};
use std::process::{Command, ExitCode};

fn journey(sidecar: &Sidecar, issuer: &str, client_id: &str, api_url: &str) -> Result<(), Value> {
    let origin = api_url.split("/api").next();
    let config = json!({ "issuer": issuer, "clientId": client_id, "apiOrigins": [origin] });
    let app = json!({ "protocolVersion": 1, "appName": "Example Notes (Rust)", "config": config });
    let hello = sidecar.call("initialize", app)?;
    let session = match &hello["state"]["session"] {
        Value::Null => sidecar.call("signIn", json!({}))?,
        session => session.clone(),
    };
    println!(
        "signed in as {}",
        session["subject"].as_str().unwrap_or("nobody")
    );
    let before = sidecar.call("getAccessToken", json!({}))?;
    let after = sidecar.call("getAccessToken", json!({ "forceRefresh": true }))?;
    println!(
        "a new token: {}",
        before["accessToken"] != after["accessToken"]
    );
    println!(
        "notes: {}",
        sidecar.call("fetch", json!({ "url": api_url }))?["status"]
    );
    let done = sidecar.call("signOut", json!({ "browser": false }))?;
    println!("signed out: {}", done["local"].as_str().unwrap_or("no"));
    Ok(())
}

fn show(state: &Value) {
    if state["browser"] == "failed" {
        eprintln!("Open {}", state["url"].as_str().unwrap_or_default());
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [issuer, client_id, api_url, program, more @ ..] = args.as_slice() else {
        eprintln!("usage: notes ISSUER CLIENT_ID API_URL LOOPKEY...");
        return ExitCode::from(2);
    };
    let mut command = Command::new(program);
    command.args(more);
    let sidecar = match Sidecar::start(command, show) {
        Ok(sidecar) => sidecar,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match journey(&sidecar, issuer, client_id, api_url) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{} [{}]", error["message"], error["data"]["code"]);
            ExitCode::FAILURE
        }
    }
}
