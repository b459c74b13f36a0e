//! Runs the agent: connects its clients, reads the machine's assignment and runs
//! the attempt.

use crate::{
    Error, Options,
    attempt::AttemptRunner,
    bucket::Bucket,
    claim::StartMarker,
    clock::SteadyClock,
    decide::{Input, Limits, State},
    host_events::{self, HostEvent},
    machine::Machine,
    ssh_key::{EncryptedSshKey, SshKeyFolder},
};
use events::JobAssignment;
use gcp::{
    Client, Endpoints, Publisher, ReqwestTransport, RestPublisher, TokenProvider, Transport,
    credentials::MetadataServer,
};
use names::Clock;
use std::{collections::BTreeMap, io, path::PathBuf, process::ExitCode, sync::Arc};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{self, UnboundedSender},
    task::JoinSet,
};

/// Runs this machine's attempt until it has ended. The exit code is success
/// however the command ended: its own exit status is in the exit record.
///
/// # Errors
/// The attempt cannot be run; nothing was recorded or reported. groundcrew
/// notices when the job becomes overdue.
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
    let mut endpoints = match &options.endpoint {
        Some(url) => Endpoints::local(url),
        None => Endpoints::google(),
    };
    if let Some(host) = &options.pubsub_emulator {
        endpoints = endpoints.with("pubsub", &format!("http://{host}"));
    }
    let client = Client::new(transport, tokens, endpoints, clock.clone());
    let (inputs, received) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    let marker = options.shutdown_marker.clone();
    tasks.spawn(shutdown(marker, inputs.clone())?);
    let context = AgentContext {
        publisher: Arc::new(RestPublisher::new(client.clone())),
        client,
        metadata,
        clock,
    };
    let state = run_with(context, options, inputs, received).await?;
    tracing::info!(?state, "attempt ended");
    Ok(ExitCode::SUCCESS)
}

/// Sends the agent's own log lines to standard error as plain text, for the
/// serial console and the journal. Only an entry point may call this; an existing
/// subscriber is kept.
pub fn trace_to_stderr() {
    let subscriber = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(false)
        // It would report a failed write to standard error, and panic.
        .log_internal_errors(false)
        .finish();
    // An error means that a subscriber is already set.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// The clients that an agent works with.
pub(crate) struct AgentContext {
    pub(crate) client: Client,
    pub(crate) metadata: Arc<MetadataServer>,
    pub(crate) publisher: Arc<dyn Publisher>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Reads the machine's assignment and runs the attempt. `inputs` sends to
/// `received`.
pub(crate) async fn run_with(
    context: AgentContext,
    options: Options,
    inputs: UnboundedSender<Input>,
    mut received: mpsc::UnboundedReceiver<Input>,
) -> Result<State, Error> {
    let machine = tokio::select! {
        machine = Machine::read(context.metadata.clone(), options.retry) => machine?,
        // A shutdown. Nothing was claimed, so there is nothing to report.
        Some(_) = received.recv() => return Ok(State::Refused),
    };
    let assignment = &machine.assignment;
    tracing::info!(
        machine.name, machine.zone, machine.id, job = %assignment.job,
        attempt = %assignment.attempt, account = %assignment.account, "assigned"
    );
    let mut watches = JoinSet::new();
    for event in [HostEvent::Maintenance, HostEvent::Preempted] {
        watches.spawn(host_events::watch(
            event,
            context.metadata.clone(),
            inputs.clone(),
            options.retry,
        ));
    }
    let runner = AttemptRunner {
        ssh_key: assignment.ssh_key.clone().map(|key| EncryptedSshKey {
            client: context.client.clone(),
            bucket: assignment.bucket.clone(),
            key,
            retry: options.retry,
        }),
        ssh_key_folder: SshKeyFolder::new(&options.secrets, &machine.id),
        bucket: Bucket::new(context.client, assignment.bucket.clone(), options.retry),
        publisher: context.publisher,
        clock: context.clock,
        marker: StartMarker::new(&options.state, assignment, &machine.id),
        unready: options.unready,
        env: command_env(options.inherited_env, assignment),
        limits: Limits {
            shutdown_grace: options.shutdown_grace,
            maintenance_grace: options.maintenance_grace,
            ..Limits::new(assignment.max_run)
        },
        log_limits: options.log,
        retry: options.retry,
        machine: Arc::new(machine),
    };
    runner.run(inputs, received).await
}

/// The command's environment. The job's variables override inherited ones, and
/// groundcrew's own override both.
fn command_env(
    inherited_env: BTreeMap<String, String>,
    a: &JobAssignment,
) -> BTreeMap<String, String> {
    let mut env = inherited_env;
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

/// Sends [`Input::Shutdown`] on SIGTERM if the host shuts down, of which `marker`
/// is the sign. A job's command can send the signal, too: if that counted as the
/// loss of the host, its job would run again and again.
fn shutdown(
    marker: PathBuf,
    inputs: UnboundedSender<Input>,
) -> Result<impl Future<Output = ()>, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
    Ok(async move {
        loop {
            tokio::select! {
                Some(()) = terminate.recv() => {}
                Some(()) = interrupt.recv() => {}
            }
            if !marker.exists() {
                tracing::warn!("ignored a signal: the host does not shut down");
                continue;
            }
            // The receiver is gone once the attempt has ended.
            let _ = inputs.send(Input::Shutdown);
        }
    })
}
