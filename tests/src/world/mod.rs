//! The world: one cloud, the deployment in it, every function as a process
//! that can die, machines that run.

mod cloud;
mod identity;
mod looks;
mod people;
mod plan;
mod power;
mod services;
mod setup;
mod volume;

pub use looks::DeadLetter;
pub use plan::Plan;
pub use volume::VolumeGrant;

use crate::{
    chaos::{Chaos, Death, Wire},
    clock::{DAY, VirtualClock},
    dice::Dice,
    oracle::Oracle,
};
use gcp::{Client, Endpoints, Transport};
use groundcrew::deployment::{Deployment, Identity, install, project, roles};
use identity::{Direct, Tokens};
use names::{Clock, Duration, Timestamp};
use power::Powered;
use services::Services;
use simulator::{Audit, Cloud, Host, iam::Principal};
use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{runtime::Runtime, task::LocalSet};

/// A world under way.
pub struct World {
    /// Its plan.
    pub plan: Plan,
    /// Its cloud.
    pub host: Arc<Host>,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its faults.
    pub chaos: Arc<Chaos>,
    /// groundcrew in it.
    pub deployment: Deployment,
    /// What really happened.
    pub oracle: Rc<RefCell<Oracle>>,
    /// Every call that was made.
    pub audit: Arc<Mutex<Vec<Audit>>>,
    services: OnceCell<Services>,
    machines: RefCell<BTreeMap<String, Powered>>,
    /// Where every push went, and how it was answered.
    pushes: RefCell<Vec<(String, Option<u16>)>>,
}

/// Runs `story` in the world of `plan` to its end.
///
/// # Panics
/// If no runtime can be made, or the story panics.
pub fn run<T>(plan: &Plan, story: impl AsyncFnOnce(Rc<World>) -> T) -> T {
    // Not inside of another runtime.
    INSTALLED.with(|_| ());
    let local = LocalSet::new();
    local.block_on(&paused(), async {
        let world = World::new(plan.clone());
        story(world).await
    })
}

fn paused() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
}

thread_local! {
    /// The deployment in an empty cloud, made once a thread.
    static INSTALLED: Cloud = installed();
}

/// A cloud in which the deployment is ready for jobs by the time of [`DAY`].
fn installed() -> Cloud {
    let deployment = Deployment::local();
    let before = DAY - Duration::from_secs(3600);
    let mut cloud = Cloud::new();
    install::install(&deployment, &mut cloud, before).expect("the manifest installs");
    let urls = Identity::all()
        .iter()
        .map(|i| (i.name(), format!("http://{}.function/", i.name())))
        .collect();
    install::connect(&deployment, &mut cloud, &urls, before).expect("the functions connect");
    paused().block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(before));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", None);
        let keeper = tokio::spawn(host.clone().keep_time());
        let operator = operator(&host, &clock);
        let ready = project::set_up(&deployment, &operator).await;
        ready.expect("the jobs' project is set up");
        keeper.abort();
        host.with(|cloud, _| cloud.clone())
    })
}

fn operator(host: &Arc<Host>, clock: &Arc<dyn Clock>) -> Client {
    let direct = Arc::new(Direct(host.clone()));
    client(host, clock, direct, Principal::user(install::OPERATOR))
}

fn client(
    host: &Arc<Host>,
    clock: &Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
    principal: Principal,
) -> Client {
    let tokens = Tokens {
        host: host.clone(),
        principal,
    };
    let endpoints = Endpoints::local("http://cloud");
    Client::new(transport, Arc::new(tokens), endpoints, clock.clone())
}

impl World {
    fn new(plan: Plan) -> Rc<Self> {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
        let deployment = Deployment::local();
        let mut cloud = INSTALLED.with(Cloud::clone);
        if plan.slow {
            let settings = cloud.compute_settings();
            settings.insert_operation = Duration::from_secs(4);
            settings.delete_operation = Duration::from_secs(6);
            settings.shutdown_grace = Duration::from_secs(90);
        }
        for (identity, permission) in &plan.deny {
            let account = roles::account(&deployment, *identity);
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
        let chaos = Arc::new(Chaos {
            dice: Dice::new(plan.seed),
            mix: plan.mix.clone(),
            calm: DAY + plan.storm,
            clock: clock.clone(),
            cut: plan.cut,
        });
        let world = Rc::new(Self {
            plan,
            host: host.clone(),
            clock,
            chaos,
            deployment,
            oracle: Rc::default(),
            audit,
            services: OnceCell::new(),
            machines: RefCell::default(),
            pushes: RefCell::default(),
        });
        let services = world.services();
        world
            .services
            .set(services)
            .unwrap_or_else(|_| unreachable!("set once"));
        tokio::task::spawn_local(host.keep_time());
        tokio::task::spawn_local(world.clone().obey(commands));
        tokio::task::spawn_local(world.clone().minutes());
        tokio::task::spawn_local(world.clone().ticks());
        world
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A client that acts as `account`, on the wire of `who`.
    #[must_use]
    pub fn client(&self, account: &str, who: &str, death: Option<Arc<Death>>) -> Client {
        let wire = Wire {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            who: who.to_owned(),
            death,
            tamper: self.plan.tamper,
        };
        let principal = Principal::service_account(account);
        client(&self.host, &self.clock, Arc::new(wire), principal)
    }

    /// A client of the operator, for whom nothing goes wrong.
    #[must_use]
    pub fn operator(&self) -> Client {
        operator(&self.host, &self.clock)
    }
}
