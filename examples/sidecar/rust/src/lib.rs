//! One `loopkey serve`: calls from any thread, and the states that it tells. See docs/sidecar.md.
use serde_json::{json, Value};
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

type Outcome = Result<Value, Value>;
type Waiting = Arc<Mutex<Option<HashMap<u64, mpsc::Sender<Outcome>>>>>;

/// A sidecar that runs. Dropped, it is ended: its stdin is closed, which is all that it takes, and it is waited for.
pub struct Sidecar {
    child: Child,
    stdin: Mutex<Option<ChildStdin>>,
    waiting: Waiting,
    last_id: AtomicU64,
}

impl Sidecar {
    /// Starts it; `serve` is added to the command. `on_state` is called on a thread of its own.
    pub fn start(
        mut command: Command,
        on_state: impl Fn(&Value) + Send + 'static,
    ) -> io::Result<Self> {
        let mut child = command
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = Mutex::new(child.stdin.take());
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let answered = Arc::clone(&waiting);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let Ok(mut message) = serde_json::from_str::<Value>(&line) else {
                    continue;
                };
                if message["method"] == "stateChanged" {
                    on_state(&message["params"]["state"]);
                } else if let Some(id) = message["id"].as_u64() {
                    let caller = answered
                        .lock()
                        .unwrap()
                        .as_mut()
                        .and_then(|calls| calls.remove(&id));
                    let error = message["error"].take();
                    let outcome = if error.is_null() {
                        Ok(message["result"].take())
                    } else {
                        Err(error)
                    };
                    // Nobody may wait for it any more.
                    caller.map(|caller| caller.send(outcome).ok());
                }
            }
            // Who still waits is told by the end of its channel.
            answered.lock().unwrap().take();
        });
        Ok(Self {
            child,
            stdin,
            waiting,
            last_id: AtomicU64::new(0),
        })
    }

    /// Calls a method of the protocol, and blocks until it is answered. An error is the protocol's: `data.code` is what to go by.
    pub fn call(&self, method: &str, params: Value) -> Outcome {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (answer, answered) = mpsc::channel();
        self.waiting
            .lock()
            .unwrap()
            .as_mut()
            .ok_or_else(ended)?
            .insert(id, answer);
        let line = format!(
            "{}\n",
            json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
        );
        // A failure to write is told by the end of its stdout as well.
        let _ = self
            .stdin
            .lock()
            .unwrap()
            .as_mut()
            .map(|stdin| stdin.write_all(line.as_bytes()));
        answered.recv().map_err(|_| ended())?
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        self.stdin.lock().unwrap().take();
        let _ = self.child.wait();
    }
}

fn ended() -> Value {
    json!({ "message": "The sidecar has ended.", "data": { "code": "closed", "retryable": false } })
}
