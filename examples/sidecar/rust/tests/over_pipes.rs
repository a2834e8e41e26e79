//! What the crate promises, against programs that stand in for the sidecar by a line of shell.
use loopkey_sidecar::Sidecar;
use serde_json::json;
use std::process::Command;
use std::sync::mpsc;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn an_answer_finds_its_call_and_a_state_its_listener() {
    let (told, states) = mpsc::channel();
    let script = r#"read request
        echo '{"jsonrpc":"2.0","method":"stateChanged","params":{"state":{"status":"idle"}}}'
        echo '{"jsonrpc":"2.0","id":1,"result":{"asked":'"$request"'}}'; cat >/dev/null"#;
    let sidecar = Sidecar::start(shell(script), move |state| {
        told.send(state.clone()).unwrap()
    })
    .unwrap();
    let answer = sidecar.call("getState", json!({})).unwrap();
    assert_eq!(
        answer["asked"],
        json!({ "jsonrpc": "2.0", "id": 1, "method": "getState", "params": {} })
    );
    assert_eq!(states.recv().unwrap(), json!({ "status": "idle" }));
}

#[test]
fn an_error_is_the_protocols() {
    let script = r#"read request
        echo '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"No.","data":{"code":"signed_out","retryable":false}}}'
        cat >/dev/null"#;
    let sidecar = Sidecar::start(shell(script), |_| {}).unwrap();
    assert_eq!(
        sidecar.call("getAccessToken", json!({})).unwrap_err()["data"]["code"],
        "signed_out"
    );
}

#[test]
fn a_sidecar_that_ends_leaves_nobody_waiting() {
    let sidecar = Sidecar::start(shell("read request"), |_| {}).unwrap();
    assert_eq!(
        sidecar.call("signIn", json!({})).unwrap_err()["data"]["code"],
        "closed"
    );
    assert_eq!(
        sidecar.call("signIn", json!({})).unwrap_err()["data"]["code"],
        "closed"
    );
}

#[test]
fn dropping_it_closes_its_stdin_and_waits_for_its_end() {
    let file = std::env::temp_dir().join(format!("loopkey-sidecar-{}", std::process::id()));
    let script = format!("cat >/dev/null; echo ended > {}", file.display());
    drop(Sidecar::start(shell(&script), |_| {}).unwrap());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "ended\n");
    std::fs::remove_file(&file).unwrap();
}
