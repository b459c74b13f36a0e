//! The world: a simulated cloud with groundcrew deployed in it, every function as
//! a process that can crash, and the instances that run jobs.

mod background;
mod calls;
mod config;
mod installed_manifest;
mod jobs;
mod machines;
pub mod neighbour;
mod process;
mod services;
mod setup;
mod transport;
mod volume;

pub use calls::DeadLetter;
pub use config::WorldConfig;
pub use volume::VolumeGrant;

use crate::{
    chaos::{Chaos, CrashSignal, FaultyTransport},
    clock::{DAY, VirtualClock},
    dice::Dice,
    oracle::Oracle,
    translation::{Translated, TranslatingTransport},
};
use agent::decide::Input as MachineEvent;
use deployment::{Deployment, account};
use gcp::{Client, Endpoints, Transport};
use groundcrew::local::install;
use installed_manifest::{FUNCTIONS, without_schedule};
use names::{Clock, Duration, Timestamp};
use process::Services;
use simulator::{Audit, Cloud, Host, iam::Principal};
use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use tokio::{
    runtime::Runtime,
    sync::mpsc,
    task::{AbortHandle, LocalSet},
};
use transport::{DirectTransport, PrincipalTokens};

/// A running world.
pub struct World {
    /// The configuration.
    pub config: WorldConfig,
    /// The simulated cloud.
    pub host: Arc<Host>,
    /// The virtual clock.
    pub clock: Arc<dyn Clock>,
    /// The faults.
    pub chaos: Arc<Chaos>,
    /// The deployment of groundcrew.
    pub deployment: Deployment,
    /// The runs of the jobs' commands.
    pub oracle: Rc<RefCell<Oracle>>,
    /// Every call to the cloud.
    pub audit: Arc<Mutex<Vec<Audit>>>,
    /// The host of its functions' endpoints.
    functions: &'static str,
    neighbour: OnceCell<Rc<Self>>,
    services: OnceCell<Services>,
    machines: RefCell<BTreeMap<String, PoweredMachine>>,
    /// The endpoint of every push, and the status of its response (`None` if the
    /// process crashed).
    pushes: RefCell<Vec<(String, Option<u16>)>>,
}

/// An instance that is powered on.
struct PoweredMachine {
    name: String,
    task: AbortHandle,
    events: mpsc::UnboundedSender<MachineEvent>,
}

/// Runs `scenario` in the world of `config`.
///
/// # Panics
/// If the scenario panics.
pub fn run<T>(config: &WorldConfig, scenario: impl AsyncFnOnce(Rc<World>) -> T) -> T {
    // Installs before this runtime is entered, since it needs its own.
    let cloud = installed_cloud();
    let local = LocalSet::new();
    local.block_on(&paused_runtime(), async {
        let world = World::new(config.clone(), cloud);
        scenario(world).await
    })
}

/// A copy of the cloud with the deployment.
fn installed_cloud() -> Cloud {
    let installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    installed.clone()
}

fn paused_runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
}

/// A cloud with the deployment, created once.
static INSTALLED: LazyLock<Mutex<Cloud>> = LazyLock::new(|| Mutex::new(installed()));

/// A cloud in which the deployment is ready for jobs at [`DAY`].
fn installed() -> Cloud {
    let deployment = Deployment::local();
    let before = DAY - Duration::from_secs(3600);
    let mut cloud = Cloud::new();
    install::create_projects(&deployment, &mut cloud);
    paused_runtime().block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(before));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", None);
        let time_keeper = tokio::spawn(host.clone().keep_time());
        let operator = operator(&host, &clock);
        let manifest = without_schedule(&deployment, FUNCTIONS);
        let installed = install::install(&deployment, &manifest, &operator).await;
        installed.expect("the manifest installs");
        host.with(|cloud, _| install::invite(&deployment, cloud));
        let ready = install::set_up(&deployment, &operator).await;
        ready.expect("the jobs' project is set up");
        time_keeper.abort();
        host.with(|cloud, _| cloud.clone())
    })
}

fn operator(host: &Arc<Host>, clock: &Arc<dyn Clock>) -> Client {
    let direct = Arc::new(DirectTransport(host.clone()));
    client(host, clock, direct, Principal::user(install::OPERATOR))
}

fn client(
    host: &Arc<Host>,
    clock: &Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
    principal: Principal,
) -> Client {
    let tokens = PrincipalTokens {
        host: host.clone(),
        principal,
    };
    let endpoints = Endpoints::local("http://cloud");
    Client::new(transport, Arc::new(tokens), endpoints, clock.clone())
}

impl World {
    fn new(config: WorldConfig, mut cloud: Cloud) -> Rc<Self> {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
        let deployment = Deployment::local();
        let settings = cloud.compute_settings();
        settings.repeats = config.repeats;
        if config.slow {
            settings.insert_operation = Duration::from_secs(4);
            settings.delete_operation = Duration::from_secs(6);
            settings.shutdown_grace = Duration::from_secs(90);
        }
        for (identity, permission) in &config.deny {
            let account = account(&deployment, *identity);
            cloud.forbid(account.as_str(), permission);
        }
        let audit = Arc::new(Mutex::new(Vec::new()));
        let seen = audit.clone();
        let observer: simulator::Observer = Box::new(move |call, _, _| {
            seen.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(call.clone());
        });
        let (host, commands) = Host::new(cloud, clock.clone(), "http://cloud", Some(observer));
        let functions = FUNCTIONS;
        let world = Self::beside(config, deployment, functions, host.clone(), clock, audit);
        world.set_lacking(&world.some_zones(world.chaos.rates.zone_lacks));
        tokio::task::spawn_local(host.keep_time());
        tokio::task::spawn_local(world.clone().run_commands(commands));
        world
    }

    /// A world with `deployment` in the cloud of `host`.
    fn beside(
        config: WorldConfig,
        deployment: Deployment,
        functions: &'static str,
        host: Arc<Host>,
        clock: Arc<dyn Clock>,
        audit: Arc<Mutex<Vec<Audit>>>,
    ) -> Rc<Self> {
        let chaos = Arc::new(Chaos {
            dice: Dice::new(config.seed),
            rates: config.faults.clone(),
            calm_from: DAY + config.storm,
            clock: clock.clone(),
            connection_faults: config.connection_faults,
            zone_refusals: Mutex::default(),
        });
        let world = Rc::new(Self {
            config,
            host,
            clock,
            chaos,
            deployment,
            oracle: Rc::default(),
            audit,
            functions,
            neighbour: OnceCell::new(),
            services: OnceCell::new(),
            machines: RefCell::default(),
            pushes: RefCell::default(),
        });
        let services = world.services();
        world
            .services
            .set(services)
            .unwrap_or_else(|_| unreachable!("set once"));
        tokio::task::spawn_local(world.clone().run_every_minute());
        tokio::task::spawn_local(world.clone().run_scheduler());
        world
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A client that acts as `account`, through the faulty transport of `caller`.
    #[must_use]
    pub fn client(
        &self,
        account: &str,
        caller: &str,
        crash_signal: Option<Arc<CrashSignal>>,
    ) -> Client {
        let transport = FaultyTransport {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            caller: caller.to_owned(),
            crash_signal,
            mutation: self.config.mutation,
        };
        let principal = Principal::service_account(account);
        let transport = self.translated(Arc::new(transport));
        client(&self.host, &self.clock, transport, principal)
    }

    /// The transport of a process, with what it confuses if this is the neighbour.
    fn translated(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        let translation = self.config.translation.as_ref();
        let translation = translation.filter(|_| self.is_neighbour());
        TranslatingTransport::of(transport, translation, Translated::Neighbour)
    }

    /// A client of the operator, without faults.
    #[must_use]
    pub fn operator(&self) -> Client {
        operator(&self.host, &self.clock)
    }
}
