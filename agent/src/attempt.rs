//! Runs one attempt: performs the actions of [`decide`] and feeds their results
//! back. All rules belong in [`decide`].

use crate::{
    Error,
    bucket::Bucket,
    claim::{self, StartMarker},
    command::Command,
    decide::{self, Action, ClaimResult, CommandExit, Decision, Input, Limits, State},
    log::{Log, LogLimits},
    machine::Machine,
    report,
    ssh_key::{EncryptedSshKey, SshKeyFile, SshKeyFolder},
};
use bytes::Bytes;
use events::{AgentReport, ExitRecord};
use gcp::Publisher;
use names::{Clock, Duration, Timestamp};
use secrecy::SecretSlice;
use std::{collections::BTreeMap, future::pending, sync::Arc};
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
};

/// How long writing the rest of the log may take when the host is terminated.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Everything that an attempt needs to run.
pub(crate) struct AttemptRunner {
    pub(crate) machine: Arc<Machine>,
    pub(crate) bucket: Bucket,
    pub(crate) publisher: Arc<dyn Publisher>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) marker: StartMarker,
    /// Why the command cannot be started on this machine, if it cannot.
    pub(crate) unready: Option<String>,
    /// The user's SSH key, if the job gets it.
    pub(crate) ssh_key: Option<EncryptedSshKey>,
    /// The folder for the decrypted key.
    pub(crate) ssh_key_folder: SshKeyFolder,
    /// The environment of the command.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) limits: Limits,
    pub(crate) log_limits: LogLimits,
    pub(crate) retry: Duration,
}

/// An attempt that is running.
struct RunningAttempt {
    runner: AttemptRunner,
    inputs: UnboundedSender<Input>,
    reports: UnboundedSender<AgentReport>,
    /// Background tasks; dropping the set aborts them.
    tasks: JoinSet<()>,
    /// Decrypts the SSH key. The result is secret and therefore not an [`Input`].
    decryption: JoinSet<Result<SecretSlice<u8>, String>>,
    decrypted_key: Option<SecretSlice<u8>>,
    ssh_key: Option<SshKeyFile>,
    command: Option<Command>,
    log: Option<Log>,
}

impl AttemptRunner {
    /// Runs the attempt to its end. `inputs` sends to `received`; host events
    /// arrive there, too.
    ///
    /// # Errors
    /// The exit status of the command cannot be read.
    pub(crate) async fn run(
        self,
        inputs: UnboundedSender<Input>,
        mut received: UnboundedReceiver<Input>,
    ) -> Result<State, Error> {
        let (reports, to_send) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(report::send_all(
            to_send,
            self.machine.clone(),
            self.publisher.clone(),
            inputs.clone(),
            self.retry,
        ));
        let mut running = RunningAttempt {
            runner: self,
            inputs,
            reports,
            tasks,
            decryption: JoinSet::new(),
            decrypted_key: None,
            ssh_key: None,
            command: None,
            log: None,
        };
        running.runner.ssh_key_folder.clear();
        let Decision { next, actions } = decide::begin(running.runner.ssh_key.is_some());
        let (mut state, mut actions) = (next, actions);
        loop {
            // An immediate result comes before any other input.
            let mut result = None;
            for action in actions {
                tracing::info!(?action, "next action");
                match running.perform(action) {
                    ActionResult::Pending => {}
                    ActionResult::Ready(input) => result = Some(input),
                    ActionResult::Exit => return Ok(state),
                }
            }
            let input = match result {
                Some(input) => input,
                None => running.next(&mut received, state.wake()).await?,
            };
            let now = running.runner.clock.now();
            Decision {
                next: state,
                actions,
            } = decide::decide(state, input, now, &running.runner.limits);
        }
    }
}

/// The immediate result of an action.
enum ActionResult {
    /// The result, if there is one, arrives later as an input.
    Pending,
    /// The action is done, with this result.
    Ready(Input),
    /// The agent exits.
    Exit,
}

impl RunningAttempt {
    /// Waits for the next input. The exit of the command has priority: if it came
    /// before the agent sent a signal, the command ended by itself.
    async fn next(
        &mut self,
        received: &mut UnboundedReceiver<Input>,
        wake: Option<Timestamp>,
    ) -> Result<Input, Error> {
        let wait = wake.map(|at| at.since(self.runner.clock.now()));
        let exit = tokio::select! {
            biased;
            exit = exited(self.command.as_mut()) => exit.map_err(Error::Wait)?,
            // Never closed: `self` holds a sender.
            Some(input) = received.recv() => return Ok(input),
            Some(key) = self.decryption.join_next() => {
                let key = key.unwrap_or_else(|e| Err(format!("decrypting the SSH key: {e}")));
                return Ok(self.ssh_key_decrypted(key));
            }
            () = sleep(wait) => return Ok(Input::Tick),
        };
        self.command = None;
        self.ssh_key = None;
        Ok(Input::Exited(exit))
    }

    fn perform(&mut self, action: Action) -> ActionResult {
        match action {
            Action::Claim => self.claim(),
            Action::DecryptSshKey => {
                if let Some(encrypted) = self.runner.ssh_key.clone() {
                    self.decryption.spawn(encrypted.decrypt());
                }
            }
            Action::Spawn => return ActionResult::Ready(self.spawn()),
            // Never closed: the receiving task ends with `self`.
            Action::Report(report) => drop(self.reports.send(report)),
            Action::Signal(signal) => {
                if let Some(command) = &mut self.command {
                    command.signal(signal);
                }
            }
            Action::WriteExitRecord {
                exit_status,
                started,
                finished,
                last_line,
            } => self.write_exit(last_line, move |log_parts, log_tail| ExitRecord {
                exit_status,
                started,
                finished,
                log_parts,
                log_tail,
            }),
            Action::FlushLog { last_line } => self.flush_log(last_line),
            Action::ExitAgent => return ActionResult::Exit,
        }
        ActionResult::Pending
    }

    fn claim(&mut self) {
        let (machine, bucket) = (self.runner.machine.clone(), self.runner.bucket.clone());
        let (marker, now) = (self.runner.marker.clone(), self.runner.clock.now());
        self.spawn_task(async move {
            let claimed =
                claim::claim(&bucket, &machine.assignment, &machine.id, &marker, now).await;
            Input::Claimed(claimed)
        });
    }

    fn ssh_key_decrypted(&mut self, key: Result<SecretSlice<u8>, String>) -> Input {
        match key {
            Ok(key) => {
                self.decrypted_key = Some(key);
                Input::SshKeyDecrypted
            }
            Err(reason) => Input::SpawnFailed(reason),
        }
    }

    fn spawn(&mut self) -> Input {
        if let Some(reason) = &self.runner.unready {
            return Input::SpawnFailed(reason.clone());
        }
        match self.runner.marker.create() {
            Ok(true) => {}
            Ok(false) => return Input::Claimed(ClaimResult::AlreadyMine { started: true }),
            Err(e) => {
                return Input::SpawnFailed(format!("cannot record that the command starts: {e}"));
            }
        }
        let assignment = &self.runner.machine.assignment;
        let mut env = self.runner.env.clone();
        if let Some(key) = self.decrypted_key.take() {
            match self.runner.ssh_key_folder.write(&key) {
                Ok(file) => self.ssh_key.insert(file).set_env(&mut env),
                Err(e) => return Input::SpawnFailed(e),
            }
        }
        match Command::start(&assignment.command, &env) {
            Ok((command, output)) => {
                self.command = Some(command);
                self.log = Some(Log::start(
                    output,
                    self.runner.bucket.clone(),
                    assignment.objects(),
                    assignment.attempt,
                    self.runner.log_limits.clone(),
                ));
                Input::Spawned
            }
            Err(e) => {
                self.ssh_key = None;
                Input::SpawnFailed(e.to_string())
            }
        }
    }

    fn write_exit(
        &mut self,
        last_line: Option<String>,
        record: impl FnOnce(u32, Vec<u8>) -> ExitRecord + Send + 'static,
    ) {
        let (log, tail) = (self.log.take(), self.runner.log_limits.tail_size);
        let (machine, bucket) = (self.runner.machine.clone(), self.runner.bucket.clone());
        self.spawn_task(async move {
            let (parts, tail) = match log {
                Some(log) => {
                    let written = log.finish(last_line, tail).await;
                    (written.parts, written.tail.to_vec())
                }
                None => (
                    0,
                    last_line
                        .map(|last_line| last_line + "\n")
                        .unwrap_or_default()
                        .into_bytes(),
                ),
            };
            let record = serde_json::to_vec(&record(parts, tail));
            let bytes = Bytes::from(record.expect("an exit record is plain data"));
            let object = machine
                .assignment
                .objects()
                .exit_record(machine.assignment.attempt);
            // If it exists already, an earlier request of this machine created it:
            // no other machine holds the claim.
            bucket.create(&object, "application/json", bytes).await;
            Input::Recorded
        });
    }

    fn flush_log(&mut self, last_line: String) {
        let log = self.log.take();
        self.spawn_task(async move {
            if let Some(log) = log
                && tokio::time::timeout(FLUSH_TIMEOUT, log.finish(Some(last_line), 0))
                    .await
                    .is_err()
            {
                tracing::warn!("the end of the output was not written in time");
            }
            Input::Recorded
        });
    }

    fn spawn_task(&mut self, result: impl Future<Output = Input> + Send + 'static) {
        let inputs = self.inputs.clone();
        self.tasks.spawn(async move {
            // The receiver is gone once the attempt has ended.
            let _ = inputs.send(result.await);
        });
    }
}

async fn exited(command: Option<&mut Command>) -> std::io::Result<CommandExit> {
    match command {
        Some(command) => command.wait().await,
        None => pending().await,
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => pending().await,
    }
}
