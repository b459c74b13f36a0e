//! An instance of the world: the agent's real decisions and a modelled command.

use crate::{agent_bug::AgentBug, oracle::Oracle, retry::retry, world::World};
use agent::decide::{
    self, Action, ClaimHolder, ClaimResult, CommandExit, Decision, Input, Limits, Signal, State,
};
use bytes::Bytes;
use events::{AgentReport, Claim, ExitRecord, JobAssignment, JobReported};
use futures_util::{FutureExt, StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use gcp::{
    Client, Message, Publisher, RestPublisher,
    methods::{
        kms,
        storage::{self, Precondition},
    },
};
use names::{Duration, Timestamp, label};
use simulator::{Guest, api::compute::InstanceView};
use std::{cell::RefCell, rc::Rc};
use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};

/// The pause before a failed call is repeated.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// A running command. Dropping it records the end of the run, as when the
/// instance loses power.
struct RunningCommand {
    oracle: Rc<RefCell<Oracle>>,
    instance: String,
    now: Box<dyn Fn() -> Timestamp>,
    complete: bool,
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        let now = (self.now)();
        self.oracle
            .borrow_mut()
            .command_ended(&self.instance, self.complete, now);
    }
}

/// The asynchronous actions in progress, each of which ends in an input.
type PendingInputs = FuturesUnordered<LocalBoxFuture<'static, Input>>;

struct ModelAgent {
    world: Rc<World>,
    view: InstanceView,
    assignment: JobAssignment,
    client: Client,
    publisher: Rc<RestPublisher>,
    pending: PendingInputs,
    started: bool,
    command: Option<RunningCommand>,
    /// When the command will exit by itself.
    exits_at: Option<tokio::time::Instant>,
    reports: tokio::sync::mpsc::UnboundedSender<AgentReport>,
}

/// Runs the agent of an instance until it stops. Dropping the future models a
/// loss of power.
pub async fn run(world: Rc<World>, view: InstanceView, mut events: UnboundedReceiver<Input>) {
    let Some(assignment) = view.metadata.get(label::ASSIGNMENT) else {
        return;
    };
    let Ok(assignment) = serde_json::from_str::<JobAssignment>(assignment) else {
        world
            .oracle
            .borrow_mut()
            .violated(format!("{}: unreadable assignment", view.name));
        return;
    };
    let account = view.account.clone().unwrap_or_default();
    let client = world.client(&account, "agent", None);
    let publisher = Rc::new(RestPublisher::new(client.clone()));
    let limits = Limits::new(assignment.max_run);
    let (reports, to_send) = tokio::sync::mpsc::unbounded_channel();
    let mut agent = ModelAgent {
        world,
        view,
        assignment,
        client,
        publisher,
        pending: PendingInputs::new(),
        started: false,
        command: None,
        exits_at: None,
        reports,
    };
    agent.send_reports(to_send);
    let Decision { next, actions } = decide::begin(agent.assignment.ssh_key.is_some());
    let (mut state, mut actions) = (next, actions);
    loop {
        let mut immediate = None;
        for action in actions {
            if action == Action::ExitAgent {
                return;
            }
            immediate = agent.perform(action).or(immediate);
        }
        let input = match immediate {
            Some(input) => input,
            None => agent.next(&mut events, &state).await,
        };
        let input = agent.apply_bug(input);
        let now = agent.world.now();
        Decision {
            next: state,
            actions,
        } = decide::decide(state, input, now, &limits);
        agent.apply_bug_to_actions(&mut actions);
    }
}

impl ModelAgent {
    async fn next(&mut self, events: &mut UnboundedReceiver<Input>, state: &State) -> Input {
        let tick = state.wake().map(|at| at.since(self.world.now()));
        let exits_at = self.exits_at;
        tokio::select! {
            biased;
            () = sleep_until(exits_at) => {
                let code = exit_code(&self.assignment);
                self.command_ended(true);
                Input::Exited(CommandExit::Code(code))
            }
            Some(input) = events.recv() => input,
            Some(input) = self.pending.next() => {
                if matches!(input, Input::Exited(_)) {
                    self.command_ended(false);
                }
                input
            }
            () = sleep_for(tick) => Input::Tick,
        }
    }

    fn command_ended(&mut self, complete: bool) {
        self.exits_at = None;
        if let Some(mut running) = self.command.take() {
            running.complete = complete;
        }
    }

    fn perform(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Claim => {
                let claim = claim(
                    self.client.clone(),
                    self.assignment.clone(),
                    self.view.id.clone(),
                    self.world.now(),
                );
                self.pending.push(claim.boxed_local());
            }
            Action::DecryptSshKey => {
                let key = decrypt_ssh_key(self.client.clone(), self.assignment.clone());
                self.pending.push(key.boxed_local());
            }
            Action::Spawn => return Some(self.spawn()),
            Action::Report(report) => drop(self.reports.send(report)),
            Action::Signal(signal) => self.signal(signal),
            Action::WriteExitRecord {
                exit_status,
                started,
                finished,
                ..
            } => {
                let record = ExitRecord {
                    exit_status,
                    started,
                    finished,
                    log_parts: 0,
                    log_tail: Vec::new(),
                };
                let (client, assignment) = (self.client.clone(), self.assignment.clone());
                let write = async move {
                    let object = assignment.objects().exit_record(assignment.attempt);
                    let bytes = serde_json::to_vec(&record).expect("plain data");
                    create(&client, &assignment, &object, bytes.into()).await;
                    Input::Recorded
                };
                self.pending.push(write.boxed_local());
            }
            Action::FlushLog { .. } => return Some(Input::Recorded),
            Action::ExitAgent => {}
        }
        None
    }

    fn spawn(&mut self) -> Input {
        if self.started {
            return Input::Claimed(ClaimResult::AlreadyMine { started: true });
        }
        self.started = true;
        let (job, attempt) = (&self.assignment.job, self.assignment.attempt);
        let objects = self.assignment.objects();
        let succeeded = self.world.has_succeeded(&objects);
        let claimed = self.world.holds_claim(&objects, attempt, &self.view.id);
        let now = self.world.now();
        let mut oracle = self.world.oracle.borrow_mut();
        oracle.command_started(job, attempt, &self.view.id, succeeded, now);
        if !claimed {
            oracle.violated(format!(
                "{now}: {} starts the command without the claim",
                self.view.name
            ));
        }
        let world = self.world.clone();
        self.command = Some(RunningCommand {
            oracle: self.world.oracle.clone(),
            instance: self.view.id.clone(),
            now: Box::new(move || world.now()),
            complete: false,
        });
        self.exits_at = Some(tokio::time::Instant::now() + run_time(&self.assignment));
        Input::Spawned
    }

    /// A command takes a while to stop, and half of them ignore the signal.
    fn signal(&mut self, signal: Signal) {
        let dice = &self.world.chaos.dice;
        let exit = match signal {
            Signal::Kill => Some((Duration::from_millis(5), 9)),
            Signal::Terminate => dice
                .chance(500)
                .then(|| (Duration::from_secs(dice.between(1, 8)), 15)),
        };
        if let Some((wait, signal)) = exit {
            let end = async move {
                sleep(wait).await;
                Input::Exited(CommandExit::Signal(signal))
            };
            self.exits_at = None;
            self.pending.push(end.boxed_local());
        }
    }

    /// Sends reports one after another, retrying each until it is accepted.
    fn send_reports(&self, mut reports: UnboundedReceiver<AgentReport>) {
        let (world, view) = (self.world.clone(), self.view.clone());
        let (assignment, publisher) = (self.assignment.clone(), self.publisher.clone());
        let send = async move {
            while let Some(report) = reports.recv().await {
                let publish = async || {
                    publish(&world, &view, &assignment, &publisher, &report)
                        .await
                        .then_some(())
                };
                retry(Duration::from_secs(2), publish).await;
                if report != AgentReport::Started {
                    return Input::Reported;
                }
            }
            std::future::pending().await
        };
        self.pending.push(send.boxed_local());
    }

    fn apply_bug(&self, input: Input) -> Input {
        match (self.world.config.agent_bug, &input) {
            (AgentBug::RunsUnclaimed, Input::Claimed(ClaimResult::Lost(_))) => {
                Input::Claimed(ClaimResult::Won)
            }
            (AgentBug::RecordsShutdown, Input::Shutdown | Input::Preempted) => {
                // The command gets the signal, and its exit is recorded as its own.
                self.pending.push(
                    async {
                        sleep(Duration::from_secs(1)).await;
                        Input::Exited(CommandExit::Signal(15))
                    }
                    .boxed_local(),
                );
                Input::Tick
            }
            _ => input,
        }
    }

    fn apply_bug_to_actions(&self, actions: &mut Vec<Action>) {
        if self.world.config.agent_bug == AgentBug::ForgetsExitRecord {
            let before = actions.len();
            actions.retain(|action| !matches!(action, Action::WriteExitRecord { .. }));
            if actions.len() < before {
                self.pending.push(async { Input::Recorded }.boxed_local());
            }
        }
    }
}

async fn sleep_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn sleep_for(wait: Option<Duration>) {
    match wait {
        Some(wait) => sleep(wait).await,
        None => std::future::pending().await,
    }
}

/// The run time of the modelled command `work SECONDS CODE`.
fn run_time(assignment: &JobAssignment) -> Duration {
    let seconds = assignment.command.get(1).and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}

/// The exit code of the modelled command.
fn exit_code(assignment: &JobAssignment) -> i32 {
    let code = assignment.command.get(2).and_then(|text| text.parse().ok());
    code.unwrap_or(0)
}

async fn claim(
    client: Client,
    assignment: JobAssignment,
    instance: String,
    at: Timestamp,
) -> Input {
    let object = assignment.objects().claim(assignment.attempt);
    let ours = Claim::Machine {
        instance_id: instance.clone(),
        at,
    };
    let bytes = serde_json::to_vec(&ours).expect("plain data");
    if create(&client, &assignment, &object, bytes.into()).await {
        return Input::Claimed(ClaimResult::Won);
    }
    let read = async || {
        storage::read_object(&client, &assignment.bucket, &object)
            .await
            .ok()
    };
    let bytes = retry(RETRY_PAUSE, read).await;
    Input::Claimed(match serde_json::from_slice(&bytes) {
        Ok(Claim::Machine { instance_id, .. }) if instance_id == instance => {
            ClaimResult::AlreadyMine { started: false }
        }
        Ok(Claim::Machine { instance_id, .. }) => {
            ClaimResult::Lost(ClaimHolder::Machine(instance_id))
        }
        Ok(Claim::Revoked { .. }) => ClaimResult::Lost(ClaimHolder::Revoked),
        Err(_) => ClaimResult::Lost(ClaimHolder::Unreadable),
    })
}

/// Reads and decrypts the user's SSH key, which no modelled command uses.
async fn decrypt_ssh_key(client: Client, assignment: JobAssignment) -> Input {
    let (bucket, object) = (&assignment.bucket, names::ssh_key_object());
    let Some(key) = &assignment.ssh_key else {
        return Input::SshKeyDecrypted;
    };
    let decrypt = async || {
        let decrypted = match storage::read_object(&client, bucket, &object).await {
            Err(e) => Err(e),
            Ok(ciphertext) => {
                let aad = names::ssh_key_aad(bucket);
                kms::decrypt(&client, key, &ciphertext, aad.as_bytes()).await
            }
        };
        match decrypted {
            Ok(_) => Some(Input::SshKeyDecrypted),
            Err(e) if e.is_denied() || e.is_not_found() => Some(Input::SpawnFailed(e.to_string())),
            Err(_) => None,
        }
    };
    retry(RETRY_PAUSE, decrypt).await
}

/// Creates an object, with retries, and returns whether it did not exist before.
async fn create(
    client: &Client,
    assignment: &JobAssignment,
    object: &names::ObjectName,
    bytes: Bytes,
) -> bool {
    let create = async || {
        let insert = storage::insert_object(
            client,
            &assignment.bucket,
            object,
            "application/json",
            bytes.clone(),
            Precondition::Absent,
        );
        match insert.await {
            Ok(_) => Some(true),
            Err(e) if e.is_precondition() => Some(false),
            Err(_) => None,
        }
    };
    retry(RETRY_PAUSE, create).await
}

async fn publish(
    world: &World,
    view: &InstanceView,
    assignment: &JobAssignment,
    publisher: &RestPublisher,
    report: &AgentReport,
) -> bool {
    if world.chaos.occurs(world.chaos.rates.report_lost) {
        return true;
    }
    let path = format!(
        "/computeMetadata/v1/instance/service-accounts/default/identity?audience={}&format=full",
        assignment.audience
    );
    let request = http::Request::get(path)
        .header("Metadata-Flavor", "Google")
        .body(Bytes::new())
        .expect("a request");
    let guest = Guest::Instance(view.id.clone());
    let response = world.host.metadata(&guest, request).await;
    if !response.status().is_success() {
        return false;
    }
    let reported = JobReported {
        job: assignment.job.clone(),
        attempt: assignment.attempt,
        report: report.clone(),
        identity: String::from_utf8_lossy(response.body()).into_owned(),
    };
    publisher
        .publish(&assignment.reports, Message::json(&reported))
        .await
        .is_ok()
}
