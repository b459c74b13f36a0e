//! The agent: runs one job's command on its machine and says how it ended.
//!
//! It claims its attempt in the bucket, starts the command, writes what the
//! command prints to the bucket, watches for the host's going, writes an exit
//! record and then reports. What it does next is decided in [`decide`]; the
//! rest is a shell around it.

mod attempt;
mod backoff;
mod bucket;
mod claim;
mod clock;
mod command;
pub mod decide;
mod log;
mod machine;
mod options;
mod report;
mod ssh_key;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod watch;

pub use decide::State;
pub use log::LogLimits;
pub use options::Options;

use attempt::Attempt;
use bucket::Bucket;
use claim::Marker;
use clock::SteadyClock;
use decide::{Input, Limits};
use events::JobAssignment;
use gcp::{
    Client, Endpoints, Publisher, PubsubPublisher, ReqwestTransport, SendError, TokenProvider,
    Transport, credentials::MetadataServer,
};
use machine::Machine;
use names::Clock;
use std::{collections::BTreeMap, io, process::ExitCode, sync::Arc};
use thiserror::Error;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{self, UnboundedSender},
    task::JoinSet,
};
use watch::Notice;

/// Why an agent cannot do its work.
#[derive(Debug, Error)]
pub enum Error {
    /// A variable of the environment cannot be read.
    #[error("environment: {0}")]
    Environment(envy::Error),
    /// The machine's metadata lacks what every job machine has.
    #[error("metadata {0} is not there: is this a machine that groundcrew launched?")]
    NoMetadata(String),
    /// The assignment cannot be read.
    #[error("metadata attribute {name}: {0}", name = names::label::ASSIGNMENT)]
    Assignment(serde_json::Error),
    /// No connection can be made from here.
    #[error("transport: {0}")]
    Transport(SendError),
    /// Signals to the agent cannot be received.
    #[error("signals to the agent cannot be received: {0}")]
    Signals(io::Error),
    /// The operating system does not say how the command ended.
    #[error("waiting for the command: {0}")]
    Wait(io::Error),
}

/// Runs this machine's job to its end. Whatever that end is, the code is
/// success: the job's own is in the exit record.
///
/// # Errors
/// The agent cannot do its work; nothing was recorded or reported, and
/// groundcrew finds out by the machine's silence.
pub async fn run(options: Options) -> Result<ExitCode, Error> {
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::start());
    let transport: Arc<dyn Transport> =
        Arc::new(ReqwestTransport::new().map_err(Error::Transport)?);
    let metadata = Arc::new(MetadataServer::new(
        transport.clone(),
        &options.metadata,
        clock.clone(),
    ));
    let tokens: Arc<dyn TokenProvider> = metadata.clone();
    let publisher = Arc::new(match &options.pubsub_emulator {
        Some(host) => PubsubPublisher::anonymous(&format!("http://{host}")),
        None => PubsubPublisher::new(tokens.clone(), options.endpoint.as_deref()),
    });
    let endpoints = match &options.endpoint {
        Some(url) => Endpoints::local(url),
        None => Endpoints::google(),
    };
    let client = Client::new(transport, tokens, endpoints, clock.clone());
    let (inputs, happens) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(shutdown(inputs.clone())?);
    let world = World {
        client,
        metadata,
        publisher,
        clock,
    };
    let state = run_in(world, options, inputs, happens).await?;
    tracing::info!(?state, "over");
    Ok(ExitCode::SUCCESS)
}

/// Sends the agent's own log lines to standard error as plain text, which is
/// what the serial console and the journal show. Only an entry point may call
/// this; a subscriber that is set already stays.
pub fn trace_to_stderr() {
    let subscriber = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        .finish();
    // An error means that there is one.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The seams that an agent works through.
struct World {
    client: Client,
    metadata: Arc<MetadataServer>,
    publisher: Arc<dyn Publisher>,
    clock: Arc<dyn Clock>,
}

async fn run_in(
    world: World,
    options: Options,
    inputs: UnboundedSender<Input>,
    mut happens: mpsc::UnboundedReceiver<Input>,
) -> Result<State, Error> {
    let machine = tokio::select! {
        machine = Machine::read(world.metadata.clone(), options.retry) => machine?,
        // A shutdown: nothing was claimed, so there is nothing to report.
        Some(_) = happens.recv() => return Ok(State::Refused),
    };
    let assignment = &machine.assignment;
    tracing::info!(
        machine.name, machine.zone, machine.id, job = %assignment.job,
        attempt = %assignment.attempt, account = %assignment.account, "this machine"
    );
    let mut watches = JoinSet::new();
    for notice in [Notice::Maintenance, Notice::Preempted] {
        watches.spawn(watch::watch(
            notice,
            world.metadata.clone(),
            inputs.clone(),
            options.retry,
        ));
    }
    let attempt = Attempt {
        ssh_key: assignment.ssh_key.clone().map(|key| ssh_key::Sealed {
            client: world.client.clone(),
            bucket: assignment.bucket.clone(),
            key,
            retry: options.retry,
        }),
        ssh_key_place: ssh_key::Place::new(&options.secrets, &machine.id),
        bucket: Bucket::new(world.client, assignment.bucket.clone(), options.retry),
        publisher: world.publisher,
        clock: world.clock,
        marker: Marker::new(&options.state, assignment, &machine.id),
        env: command_env(options.pass_on, assignment),
        limits: Limits {
            shutdown_grace: options.shutdown_grace,
            maintenance_grace: options.maintenance_grace,
            ..Limits::new(assignment.max_run)
        },
        log_limits: options.log,
        retry: options.retry,
        machine: Arc::new(machine),
    };
    attempt.run(inputs, happens).await
}

/// The command's environment: what is passed on, then the job's own, then
/// what groundcrew says, which a job cannot change.
fn command_env(pass_on: BTreeMap<String, String>, a: &JobAssignment) -> BTreeMap<String, String> {
    let mut env = pass_on;
    env.extend(a.env.clone());
    let checkpoints = a.objects().checkpoints_url(&a.bucket);
    env.extend([
        ("GROUNDCREW_JOB".to_owned(), a.job.to_string()),
        ("GROUNDCREW_ATTEMPT".to_owned(), a.attempt.to_string()),
        ("GROUNDCREW_CHECKPOINTS".to_owned(), checkpoints),
    ]);
    if let Some(volume) = &a.volume {
        let data = format!("gs://{}", volume.data(&a.bucket));
        env.insert("GROUNDCREW_VOLUME".to_owned(), data);
    }
    env
}

/// Tells `inputs` when the agent is asked to end, which means that its host
/// shuts down: nobody else stops it. SIGINT is what a terminal sends.
fn shutdown(inputs: UnboundedSender<Input>) -> Result<impl Future<Output = ()>, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
    Ok(async move {
        loop {
            tokio::select! {
                Some(()) = terminate.recv() => {}
                Some(()) = interrupt.recv() => {}
            }
            // Nobody listens once the agent is over.
            let _ = inputs.send(Input::Shutdown);
        }
    })
}
