//! Carries out one attempt: performs what [`decide`] says and tells it what
//! happens. No behaviour belongs here.

use crate::{
    Error,
    bucket::Bucket,
    claim::{self, Marker},
    command::Command,
    decide::{self, Act, Claimed, Decision, Exit, Input, Limits, State},
    log::{Log, LogLimits},
    machine::Machine,
    report, ssh_key,
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

/// The longest that the rest of the log may take on a host that goes away.
const FLUSH: Duration = Duration::from_secs(3);

/// What an attempt works with.
pub(crate) struct Attempt {
    pub(crate) machine: Arc<Machine>,
    pub(crate) bucket: Bucket,
    pub(crate) publisher: Arc<dyn Publisher>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) marker: Marker,
    /// The user's SSH key, if the assignment names what decrypts it.
    pub(crate) ssh_key: Option<ssh_key::Sealed>,
    /// Where it is written.
    pub(crate) ssh_key_place: ssh_key::Place,
    /// The command's environment.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) limits: Limits,
    pub(crate) log_limits: LogLimits,
    pub(crate) retry: Duration,
}

/// An attempt under way.
struct Underway {
    with: Attempt,
    inputs: UnboundedSender<Input>,
    reports: UnboundedSender<AgentReport>,
    /// Dropped, it ends what still runs.
    tasks: JoinSet<()>,
    /// Reads the SSH key. Its answer is a secret, and so no [`Input`].
    unlocking: JoinSet<Result<SecretSlice<u8>, String>>,
    unlocked: Option<SecretSlice<u8>>,
    ssh_key: Option<ssh_key::Opened>,
    command: Option<Command>,
    log: Option<Log>,
}

impl Attempt {
    /// Runs the attempt to its end. Notices of the host go into `inputs`, and
    /// come out of `happens` with all else.
    ///
    /// # Errors
    /// The operating system does not say how the command ended.
    pub(crate) async fn run(
        self,
        inputs: UnboundedSender<Input>,
        mut happens: UnboundedReceiver<Input>,
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
        let mut underway = Underway {
            with: self,
            inputs,
            reports,
            tasks,
            unlocking: JoinSet::new(),
            unlocked: None,
            ssh_key: None,
            command: None,
            log: None,
        };
        underway.with.ssh_key_place.clear();
        let Decision { next, acts } = decide::begin(underway.with.ssh_key.is_some());
        let (mut state, mut acts) = (next, acts);
        loop {
            // What an act answers at once comes before anything else.
            let mut answer = None;
            for act in acts {
                tracing::info!(?act, "next");
                match underway.perform(act) {
                    Done::Later => {}
                    Done::Now(input) => answer = Some(input),
                    Done::All => return Ok(state),
                }
            }
            let input = match answer {
                Some(input) => input,
                None => underway.next(&mut happens, state.wake()).await?,
            };
            let now = underway.with.clock.now();
            Decision { next: state, acts } =
                decide::decide(state, input, now, &underway.with.limits);
        }
    }
}

/// What becomes of an act.
enum Done {
    /// Its answer, if it has one, comes later.
    Later,
    /// This is its answer.
    Now(Input),
    /// It was the last.
    All,
}

impl Underway {
    /// Waits for what happens next. The command's end comes first: it counts
    /// as its own if it came before the agent could signal.
    async fn next(
        &mut self,
        happens: &mut UnboundedReceiver<Input>,
        wake: Option<Timestamp>,
    ) -> Result<Input, Error> {
        let wait = wake.map(|at| at.since(self.with.clock.now()));
        let exit = tokio::select! {
            biased;
            exit = ended(self.command.as_mut()) => exit.map_err(Error::Wait)?,
            // Never closed: `self` holds a sender.
            Some(input) = happens.recv() => return Ok(input),
            Some(opened) = self.unlocking.join_next() => {
                let opened = opened.unwrap_or_else(|e| Err(format!("reading the SSH key: {e}")));
                return Ok(self.unlocked(opened));
            }
            () = sleep(wait) => return Ok(Input::Tick),
        };
        self.command = None;
        self.ssh_key = None;
        Ok(Input::Exited(exit))
    }

    fn perform(&mut self, act: Act) -> Done {
        match act {
            Act::Claim => self.claim(),
            Act::Unlock => {
                if let Some(sealed) = self.with.ssh_key.clone() {
                    self.unlocking.spawn(sealed.open());
                }
            }
            Act::Spawn => return Done::Now(self.spawn()),
            // Never closed: the task that reads it ends with `self`.
            Act::Report(report) => drop(self.reports.send(report)),
            Act::Signal(signal) => {
                if let Some(command) = &mut self.command {
                    command.signal(signal);
                }
            }
            Act::WriteExit {
                ending,
                started,
                finished,
                says,
            } => self.write_exit(says, move |log_parts, log_tail| ExitRecord {
                ending,
                started,
                finished,
                log_parts,
                log_tail,
            }),
            Act::FlushLog { says } => self.flush_log(says),
            Act::Stop => return Done::All,
        }
        Done::Later
    }

    fn claim(&mut self) {
        let (machine, bucket) = (self.with.machine.clone(), self.with.bucket.clone());
        let (marker, now) = (self.with.marker.clone(), self.with.clock.now());
        self.answer_later(async move {
            let claimed =
                claim::claim(&bucket, &machine.assignment, &machine.id, &marker, now).await;
            Input::Claimed(claimed)
        });
    }

    fn unlocked(&mut self, opened: Result<SecretSlice<u8>, String>) -> Input {
        match opened {
            Ok(key) => {
                self.unlocked = Some(key);
                Input::Unlocked
            }
            Err(reason) => Input::SpawnFailed(reason),
        }
    }

    fn spawn(&mut self) -> Input {
        match self.with.marker.set() {
            Ok(true) => {}
            Ok(false) => return Input::Claimed(Claimed::AlreadyMine { started: true }),
            Err(e) => return Input::SpawnFailed(format!("the start cannot be marked: {e}")),
        }
        let assignment = &self.with.machine.assignment;
        let mut env = self.with.env.clone();
        if let Some(key) = self.unlocked.take() {
            match self.with.ssh_key_place.write(&key) {
                Ok(opened) => self.ssh_key.insert(opened).tell(&mut env),
                Err(e) => return Input::SpawnFailed(e),
            }
        }
        match Command::start(&assignment.command, &env) {
            Ok((command, output)) => {
                self.command = Some(command);
                self.log = Some(Log::start(
                    output,
                    self.with.bucket.clone(),
                    assignment.objects(),
                    assignment.attempt,
                    self.with.log_limits.clone(),
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
        says: Option<String>,
        record: impl FnOnce(u32, Vec<u8>) -> ExitRecord + Send + 'static,
    ) {
        let (log, tail) = (self.log.take(), self.with.log_limits.tail);
        let (machine, bucket) = (self.with.machine.clone(), self.with.bucket.clone());
        self.answer_later(async move {
            let (parts, tail) = match log {
                Some(log) => {
                    let written = log.finish(says, tail).await;
                    (written.parts, written.tail.to_vec())
                }
                None => (
                    0,
                    says.map(|says| says + "\n")
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
            // If it was there before, an earlier request of ours created it:
            // nobody else holds the claim.
            bucket.create(&object, "application/json", bytes).await;
            Input::Recorded
        });
    }

    fn flush_log(&mut self, says: String) {
        let log = self.log.take();
        self.answer_later(async move {
            if let Some(log) = log
                && tokio::time::timeout(FLUSH, log.finish(Some(says), 0))
                    .await
                    .is_err()
            {
                tracing::warn!("the end of the output could not be written in time");
            }
            Input::Recorded
        });
    }

    fn answer_later(&mut self, answer: impl Future<Output = Input> + Send + 'static) {
        let inputs = self.inputs.clone();
        self.tasks.spawn(async move {
            // Nobody listens once the agent is over.
            let _ = inputs.send(answer.await);
        });
    }
}

async fn ended(command: Option<&mut Command>) -> std::io::Result<Exit> {
    match command {
        Some(command) => command.ended().await,
        None => pending().await,
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => pending().await,
    }
}
