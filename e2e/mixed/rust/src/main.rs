//! Calls the API by turns through a sidecar of its own and through the broker that runs this program, for so many seconds and
//! calls: mixed SECONDS CALLS ISSUER CLIENT_ID LOOPKEY... Prints a line of JSON for each way.
use loopkey_sidecar::Sidecar;
use serde_json::{json, Value};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// As plain as HTTP can be: Rust brings no client.
fn get(base: &str, path: &str) -> Result<u64, String> {
    let (host, prefix) = base
        .trim_start_matches("http://")
        .split_once('/')
        .ok_or("no base URL")?;
    let ask = || -> std::io::Result<String> {
        let mut socket = TcpStream::connect(host)?;
        write!(
            socket,
            "GET /{prefix}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().map_err(|error| error.to_string())?;
    let status = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
    status.ok_or(format!("no answer: {answer}"))
}

fn through_sidecar(sidecar: &Sidecar, url: &str) -> Result<u64, String> {
    let answer = sidecar
        .call("fetch", json!({ "url": url }))
        .map_err(|error| error.to_string())?;
    Ok(answer["status"].as_u64().unwrap_or(0))
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [seconds, least, issuer, client_id, program, more @ ..] = args.as_slice() else {
        panic!("mixed SECONDS CALLS ISSUER CLIENT_ID LOOPKEY...");
    };
    let (_, base) = std::env::vars()
        .find(|(name, _)| name.starts_with("LOOPKEY_BROKER_"))
        .expect("a broker");
    let mut command = Command::new(program);
    command.args(more);
    let sidecar = Sidecar::start(command, |_: &Value| {}).expect("a sidecar");
    let config = json!({ "issuer": issuer, "clientId": client_id });
    let hello = json!({ "protocolVersion": 1, "appName": "loopkey", "config": config });
    sidecar.call("initialize", hello).expect("initialized");
    let url = format!("{issuer}/api/notes");
    let ways: [(&str, &dyn Fn() -> Result<u64, String>); 2] = [
        ("sidecar", &|| through_sidecar(&sidecar, &url)),
        ("broker", &|| get(&base, "/api/notes")),
    ];
    let mut failures: [Vec<String>; 2] = Default::default();
    let (seconds, least) = (seconds.parse().unwrap(), least.parse::<usize>().unwrap());
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut tries = 0;
    while Instant::now() < end || tries < least {
        tries += 1;
        for ((_, call), failures) in ways.iter().zip(failures.iter_mut()) {
            match call() {
                Ok(200) => {}
                Ok(status) => failures.push(format!("The API answered {status}.")),
                Err(error) => failures.push(error),
            }
        }
        // Random enough: nothing hangs on it.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        std::thread::sleep(Duration::from_millis(
            20 + u64::from(now.subsec_micros()) % 230,
        ));
    }
    for ((through, _), failures) in ways.iter().zip(&failures) {
        let calls = tries - failures.len();
        println!(
            "{}",
            json!({ "through": through, "calls": calls, "failures": failures })
        );
    }
}
