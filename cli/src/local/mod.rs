//! The local cloud: the simulator and groundcrew's functions in one process,
//! each function with its own identity, jobs as real processes.

mod functions;
pub mod install;
mod registration;
mod scratch;

pub use registration::Registration;
pub(crate) use registration::write_atomically;

use anyhow::{Context, Result, bail};
use deployment::{Deployment, Identity, account, manifest};
use gcp::{Client, Endpoints, ReqwestTransport, credentials::StaticToken};
use names::{Clock, Duration, label};
use runtime::SystemClock;
use scratch::Scratch;
use serde_json::{Value, json};
use simulator::{
    Cloud, Command, Host, Journal, Observer,
    iam::Principal,
    server::{self, Server, machines::MachineSettings},
};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};

/// Options of a local cloud.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port of all APIs; `None` for any free one.
    pub port: Option<u16>,
    /// The folder that the cloud is persisted in; `None` for memory only.
    pub state: Option<PathBuf>,
    /// The file that each HTTP exchange is written to.
    pub record: Option<PathBuf>,
    /// The file that each call is written to, with the permissions checked.
    pub audit: Option<PathBuf>,
    /// Permissions to deny to identities, as `IDENTITY:PERMISSION`.
    pub deny: Vec<String>,
    /// Whether a new cloud makes the product `demo`, in the background.
    pub demo: bool,
    /// The program that machines run with the argument `agent`; `None` for this one.
    pub agent: Option<PathBuf>,
}

/// The schedule of ticks also runs in this interval, as its minutes are long on a
/// laptop.
const TICK_INTERVAL: Duration = Duration::from_secs(2);

/// How long enabling APIs takes, and then until they answer: a minute at Google, in
/// which nobody learns anything.
const API_DELAY: Duration = Duration::from_secs(1);

/// Time limit for requests in progress when the local cloud has been drained.
const REQUESTS_TIMEOUT: Duration = Duration::from_secs(2);

/// The ID and secret of the program that the operator signed in with; the local
/// cloud does not look at them.
const OAUTH_CLIENT: &str = "local-cloud";

/// A running local cloud.
pub struct Local {
    /// The simulator.
    pub host: Arc<Host>,
    /// The deployment in it.
    pub deployment: Deployment,
    /// The base URL of all its APIs.
    pub url: String,
    /// The certificate, in PEM, by which tools verify Google's names when they
    /// reach them through the proxy at `url`.
    pub ca_certificate: String,
    /// Whether it was restored from persisted state.
    pub resumed: bool,
    server: Server,
    functions: functions::Functions,
    machines: Arc<server::machines::Machines>,
    tasks: JoinSet<()>,
    scratch: Scratch,
}

impl Local {
    /// Starts the cloud and everything in it. `call_observer` is called for every
    /// API call; `command_tap` receives a copy of every command of the simulator.
    ///
    /// # Errors
    /// The port is in use, the state folder cannot be used, or the agent is missing.
    pub async fn start(
        options: &Options,
        call_observer: Option<Observer>,
        command_tap: Option<mpsc::UnboundedSender<Command>>,
    ) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let deployment = Deployment::local();
        let agent = agent_program(options)?;
        let bound = Server::bind(SocketAddr::from((
            [127, 0, 0, 1],
            options.port.unwrap_or(0),
        )))
        .await?;
        let url = bound.origin();

        let mut cloud = Cloud::new();
        let (journal, resumed) = restore(options, &mut cloud)?;
        if resumed {
            cloud.power_cut(clock.now());
        } else {
            install::create_projects(&deployment, &mut cloud);
            let jobs = deployment.settings.project.as_str();
            cloud.add_compute_defaults(jobs, clock.now());
        }
        cloud.set_directory(install::directory());
        cloud.randomize_tokens();
        cloud.set_api_delays(API_DELAY, API_DELAY);
        for rule in &options.deny {
            deny(&deployment, &mut cloud, rule)?;
        }
        let (host, commands) = Host::journaled(
            cloud,
            clock,
            &url,
            Some(observer(options, call_observer)?),
            journal,
        );
        let ca_certificate = bound.ca_certificate();
        let scratch = Scratch::new(options.state.as_deref());
        let objects = scratch.objects();
        let server = bound
            .serve_with_files(host.clone(), &objects)
            .with_context(|| format!("cannot keep objects in {}", objects.display()))?;
        let machines = server::machines::Machines::new(
            host.clone(),
            MachineSettings {
                args: vec![
                    "machine".to_owned(),
                    agent.display().to_string(),
                    "agent".to_owned(),
                ],
                agent,
                attribute: label::ASSIGNMENT.to_owned(),
                work_dir: scratch.machines(),
                path: search_path(),
                endpoint: url.clone(),
                ca: scratch.ca(),
            },
        )
        .with_context(|| {
            format!(
                "cannot create {} for machines",
                scratch.machines().display()
            )
        })?;
        std::fs::write(scratch.ca(), &ca_certificate)
            .with_context(|| format!("cannot write {}", scratch.ca().display()))?;
        machines.reap_leftovers();

        let functions = functions::start(&deployment, &host, &url).await?;
        let mut tasks = JoinSet::new();
        let (sender, receiver) = mpsc::unbounded_channel();
        tasks.spawn(tee_commands(commands, sender, command_tap));
        let push = server::push::Push::new(host.clone(), 64);
        tasks.spawn(server::commands(receiver, push, Some(machines.clone())));
        tasks.spawn(host.clone().keep_time());
        // Also after a restart: the functions have other URLs now.
        let operator = operator_client(&host, &url)?;
        let manifest = manifest(&deployment, |function| functions.url(function));
        install::install(&deployment, &manifest, &operator).await?;
        // Not after a restart: a setup that the user has deleted stays deleted.
        if !resumed {
            host.with(|cloud, _| install::invite(&deployment, cloud));
            install::set_up(&deployment, &operator).await?;
            if options.demo {
                install::request_demo(&deployment, &operator).await?;
            }
        }
        tasks.spawn(run_schedules(host.clone(), deployment.clone()));
        Ok(Self {
            host,
            deployment,
            url,
            ca_certificate,
            resumed,
            server,
            functions,
            machines,
            tasks,
            scratch,
        })
    }

    /// The folder with a subfolder for each machine.
    #[must_use]
    pub fn machines_folder(&self) -> PathBuf {
        self.scratch.machines()
    }

    /// A new access token of the local operator, valid for an hour.
    #[must_use]
    pub fn operator_token(&self) -> String {
        operator_token(&self.host)
    }

    /// By which tools get access tokens of the local operator.
    #[must_use]
    pub fn operator_refresh_token(&self) -> String {
        self.host.with(|cloud, _| cloud.refresh_token(&operator()))
    }

    /// The operator's application default credentials, as `gcloud auth
    /// application-default login` writes them.
    #[must_use]
    pub fn operator_credentials(&self) -> Value {
        json!({
            "type": "authorized_user",
            "client_id": OAUTH_CLIENT,
            "client_secret": OAUTH_CLIENT,
            "refresh_token": self.operator_refresh_token(),
        })
    }

    /// Drains the functions, then stops all machines.
    pub async fn stop(mut self) {
        self.functions.stop().await;
        self.tasks.shutdown().await;
        drop(self.machines);
        // It may pass: the streams of other programs have no end.
        let _ = timeout(REQUESTS_TIMEOUT, self.server.stop()).await;
    }
}

fn operator_client(host: &Host, url: &str) -> Result<Client> {
    let transport = Arc::new(ReqwestTransport::new()?);
    let tokens = Arc::new(StaticToken::new(&operator_token(host)));
    let clock = Arc::new(SystemClock);
    Ok(Client::new(transport, tokens, Endpoints::local(url), clock))
}

fn operator_token(host: &Host) -> String {
    host.with(|cloud, now| cloud.mint(&operator(), now))
}

fn operator() -> Principal {
    Principal::user(install::OPERATOR)
}

/// The program that machines run.
fn agent_program(options: &Options) -> Result<PathBuf> {
    let path = match &options.agent {
        Some(path) => path.clone(),
        None => std::env::current_exe().context("cannot find the path of this program")?,
    };
    if !path.is_file() {
        bail!(
            "agent not found at {}: build it with `cargo build`",
            path.display()
        );
    }
    Ok(path)
}

#[expect(
    clippy::disallowed_methods,
    reason = "jobs use the PATH of the user's shell"
)]
fn search_path() -> std::ffi::OsString {
    std::env::var("PATH")
        .unwrap_or_else(|_| "/usr/bin:/bin".to_owned())
        .into()
}

fn restore(options: &Options, cloud: &mut Cloud) -> Result<(Option<Journal>, bool)> {
    let Some(folder) = &options.state else {
        return Ok((None, false));
    };
    let (journal, restored) = Journal::open(folder)?;
    let resumed = !restored.is_empty();
    restored.into(cloud)?;
    Ok((Some(journal), resumed))
}

fn deny(deployment: &Deployment, cloud: &mut Cloud, rule: &str) -> Result<()> {
    let identities = || {
        Identity::all()
            .into_iter()
            .map(Identity::name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some((identity, permission)) = rule.split_once(':') else {
        bail!(
            "--deny {rule:?}: must be IDENTITY:PERMISSION, with IDENTITY one of {}",
            identities()
        );
    };
    let Some(identity) = Identity::all().into_iter().find(|i| i.name() == identity) else {
        bail!(
            "--deny {rule:?}: identity {identity:?} not found; must be one of {}",
            identities()
        );
    };
    let account = account(deployment, identity);
    cloud.forbid(account.as_str(), permission);
    Ok(())
}

fn observer(options: &Options, next: Option<Observer>) -> Result<Observer> {
    let open = |path: &Option<PathBuf>| {
        path.as_ref()
            .map(|path| {
                std::fs::File::create(path)
                    .with_context(|| format!("cannot write {}", path.display()))
            })
            .transpose()
    };
    let record = server::record::observer(open(&options.record)?, open(&options.audit)?);
    Ok(Box::new(move |audit, request, response| {
        record(audit, request, response);
        if let Some(next) = &next {
            next(audit, request, response);
        }
    }))
}

/// Passes commands on, and copies them to `tap`.
async fn tee_commands(
    mut commands: mpsc::UnboundedReceiver<Command>,
    onward: mpsc::UnboundedSender<Command>,
    tap: Option<mpsc::UnboundedSender<Command>>,
) {
    while let Some(command) = commands.recv().await {
        if let Some(tap) = &tap {
            // Fails only if the receiver was dropped.
            let _ = tap.send(command.clone());
        }
        if onward.send(command).is_err() {
            return;
        }
    }
}

/// Runs the schedule of ticks more often than each minute.
async fn run_schedules(host: Arc<Host>, deployment: Deployment) {
    let mut interval = tokio::time::interval(TICK_INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        host.with(|cloud, now| {
            cloud.run_scheduled_job(&deployment.schedule().to_string(), now);
            // They were exported when they happened.
            cloud.take_log_entries();
        });
    }
}
