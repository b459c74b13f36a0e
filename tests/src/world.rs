//! The world: one cloud, the deployment in it, every function as a process
//! that can die, machines that run.

use crate::{
    chaos::{Chaos, Mix, Tamper, Wire},
    clock::{DAY, VirtualClock},
    dice::Dice,
    machine::{self, AgentBug},
    oracle::Oracle,
};
use agent::decide::Input as Happening;
use async_trait::async_trait;
use bytes::Bytes;
use events::JobSpec;
use gcp::{BoxFuture, Client, Endpoints, RestPublisher, SendError, TokenProvider, Transport};
use groundcrew::deployment::{Deployment, install, roles};
use http::{Request, Response};
use jobs::{Decide, Flow, Job, access::Identity};
use ledger::Ledger;
use names::{Clock, Duration, JobId, Timestamp};
use runtime::{DeadLetters, Function, Guard, Verifier, dispatch};
use serde_json::{Value, json};
use simulator::{Audit, Cloud, Command, Host, Reply, iam::Principal};
use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, LocalSet},
    time::sleep,
};

/// What a world is made of.
#[derive(Clone)]
pub struct Plan {
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// What goes wrong until the calm.
    pub mix: Mix,
    /// How long things go wrong.
    pub storm: Duration,
    /// The job flow's decisions, or a bug in their place.
    pub decide: Decide,
    /// A bug in the agent.
    pub agent_bug: AgentBug,
    /// A bug on the wire.
    pub tamper: Option<Tamper>,
    /// Permissions taken away.
    pub deny: Vec<(Identity, String)>,
}

impl Plan {
    /// A world in which nothing goes wrong.
    #[must_use]
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            mix: Mix::default(),
            storm: Duration::ZERO,
            decide: jobs::decide,
            agent_bug: AgentBug::None,
            tamper: None,
            deny: Vec::new(),
        }
    }

    /// The storm of a seed.
    #[must_use]
    pub fn stormy(seed: u64) -> Self {
        Self {
            mix: Mix::of(&Dice::new(seed ^ 0x5eed)),
            storm: Duration::from_secs(40 * 60),
            ..Self::calm(seed)
        }
    }
}

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
}

struct Powered {
    power: AbortHandle,
    happens: mpsc::UnboundedSender<Happening>,
}

struct Services {
    job_queued: Service<job_queued::Handler>,
    job_changed: Service<job_changed::Handler>,
    maintenance_noticed: Service<maintenance_noticed::Handler>,
    sweep: Service<sweep::Handler>,
}

/// A function, and how its process is started.
struct Service<F> {
    guard: Guard,
    dead_letters: DeadLetters,
    start: Box<dyn Fn(Arc<watch::Sender<bool>>) -> F>,
    process: RefCell<Option<Rc<Process<F>>>>,
}

struct Process<F> {
    function: F,
    death: Arc<watch::Sender<bool>>,
}

impl<F: Function> Service<F> {
    /// Delivers; `None` if the process died over it.
    async fn deliver(&self, request: Request<Bytes>, now: Timestamp) -> Option<Response<Bytes>> {
        let process = self.process.borrow_mut().get_or_insert_with(|| {
            let death = Arc::new(watch::Sender::new(false));
            let function = (self.start)(death.clone());
            Rc::new(Process { function, death })
        }).clone();
        let mut dying = process.death.subscribe();
        tokio::select! {
            biased;
            _ = dying.wait_for(|dead| *dead) => {
                let mut current = self.process.borrow_mut();
                if current.as_ref().is_some_and(|c| Rc::ptr_eq(c, &process)) {
                    *current = None;
                }
                None
            }
            answer = dispatch(&process.function, &self.guard, &self.dead_letters, request, now) => Some(answer),
        }
    }
}

/// Runs `story` in the world of `plan` to its end.
///
/// # Panics
/// If no runtime can be made, or the story panics.
pub fn run<T>(plan: &Plan, story: impl AsyncFnOnce(Rc<World>) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let world = World::new(plan.clone());
        story(world).await
    })
}

thread_local! {
    /// The deployment in an empty cloud, made once a thread.
    static INSTALLED: Cloud = {
        let mut cloud = Cloud::new();
        let deployment = Deployment::local();
        install::install(&deployment, &mut cloud, DAY).expect("the manifest installs");
        let urls = Identity::ALL
            .iter()
            .map(|i| (i.name(), format!("http://{}.function/", i.name())))
            .collect();
        install::connect(&deployment, &mut cloud, &urls, DAY).expect("the functions connect");
        cloud
    };
}

impl World {
    fn new(plan: Plan) -> Rc<Self> {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
        let deployment = Deployment::local();
        let mut cloud = INSTALLED.with(Cloud::clone);
        // As long as on Google, where a guest has 90 s to shut down.
        let settings = cloud.compute_settings();
        settings.insert_operation = Duration::from_secs(4);
        settings.delete_operation = Duration::from_secs(6);
        settings.shutdown_grace = Duration::from_secs(90);
        for (identity, permission) in &plan.deny {
            let account = roles::account(&deployment, *identity);
            cloud.forbid(account.as_str(), permission);
        }
        let audit = Arc::new(Mutex::new(Vec::new()));
        let seen = audit.clone();
        let observer: simulator::Observer = Box::new(move |call, _, _| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        });
        let (host, commands) = Host::new(cloud, clock.clone(), "http://cloud", Some(observer));
        let chaos = Arc::new(Chaos {
            dice: Dice::new(plan.seed),
            mix: plan.mix.clone(),
            calm: DAY + plan.storm,
            clock: clock.clone(),
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
        });
        let services = world.services();
        world.services.set(services).unwrap_or_else(|_| unreachable!("set once"));
        tokio::task::spawn_local(host.keep_time());
        tokio::task::spawn_local(world.clone().obey(commands));
        tokio::task::spawn_local(world.clone().minutes());
        world
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A client that acts as `account`, on the wire of `who`.
    #[must_use]
    pub fn client(
        &self,
        account: &str,
        who: &str,
        death: Option<Arc<watch::Sender<bool>>>,
    ) -> Client {
        let wire = Wire {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            who: who.to_owned(),
            death,
            tamper: self.plan.tamper,
        };
        self.client_on(Arc::new(wire), Principal::service_account(account))
    }

    /// A client of the operator, for whom nothing goes wrong.
    #[must_use]
    pub fn operator(&self) -> Client {
        let direct = Arc::new(Direct(self.host.clone()));
        self.client_on(direct, Principal::user(install::OPERATOR))
    }

    fn client_on(&self, transport: Arc<dyn Transport>, principal: Principal) -> Client {
        let tokens = Tokens {
            host: self.host.clone(),
            principal,
        };
        let endpoints = Endpoints::local("http://cloud");
        Client::new(transport, Arc::new(tokens), endpoints, self.clock.clone())
    }

    fn services(&self) -> Services {
        let settings = self.deployment.settings.clone();
        let direct: Arc<dyn Transport> = Arc::new(Direct(self.host.clone()));
        let jwks = "http://cloud/oauth2/v3/certs";
        let verifier = Arc::new(Verifier::new(direct, jwks, self.clock.clone()));
        let (tools, decide) = (self.tools(), self.plan.decide);
        let flow = move |identity: Identity, tools: &Tools, death| {
            Flow::on(&tools.settings, &tools.client(identity, Some(death))).with_decision(decide)
        };
        Services {
            job_queued: self.service(Identity::JobQueued, &verifier, {
                let tools = tools.clone();
                move |death| job_queued::Handler::new(flow(Identity::JobQueued, &tools, death))
            }),
            job_changed: self.service(Identity::JobChanged, &verifier, {
                let (tools, verifier) = (tools.clone(), verifier.clone());
                move |death| {
                    let flow = flow(Identity::JobChanged, &tools, death);
                    job_changed::Handler::new(settings.clone(), flow, verifier.clone())
                }
            }),
            maintenance_noticed: self.service(Identity::MaintenanceNoticed, &verifier, {
                let tools = tools.clone();
                move |death| {
                    let flow = flow(Identity::MaintenanceNoticed, &tools, death);
                    maintenance_noticed::Handler::new(tools.settings.clone(), flow)
                }
            }),
            sweep: self.service(Identity::Sweep, &verifier, {
                let changes = self.deployment.topics.changes.clone();
                move |death| {
                    let client = tools.client(Identity::Sweep, Some(death));
                    let ledger = Ledger::new(client.clone(), tools.settings.database.clone());
                    let publisher = Arc::new(RestPublisher::new(client));
                    sweep::Handler::new(jobs::Sweep::new(ledger, publisher, changes.clone()))
                }
            }),
        }
    }

    fn service<F: Function>(
        &self,
        identity: Identity,
        verifier: &Arc<Verifier>,
        start: impl Fn(Arc<watch::Sender<bool>>) -> F + 'static,
    ) -> Service<F> {
        let client = self.tools().client(identity, None);
        let dead = self.deployment.topics.dead_letters.clone();
        Service {
            guard: Guard::Push {
                audience: install::audience(&self.deployment, F::NAME),
                account: self.deployment.push_account.clone(),
                verifier: verifier.clone(),
            },
            dead_letters: DeadLetters::new(Arc::new(RestPublisher::new(client)), dead),
            start: Box::new(start),
            process: RefCell::default(),
        }
    }

    fn tools(&self) -> Tools {
        Tools {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            clock: self.clock.clone(),
            tamper: self.plan.tamper,
            settings: self.deployment.settings.clone(),
            deployment: self.deployment.clone(),
        }
    }

    /// Carries out what the cloud gives to the world to do.
    async fn obey(self: Rc<Self>, mut commands: mpsc::UnboundedReceiver<Command>) {
        while let Some(command) = commands.recv().await {
            match command {
                Command::Push { delivery, endpoint, token, body, .. } => {
                    tokio::task::spawn_local(self.clone().push(delivery, endpoint, token, body));
                }
                Command::PowerOn { instance } => self.clone().power_on(&instance),
                Command::PowerButton { instance } => {
                    if let Some(powered) = self.machines.borrow().get(&instance) {
                        // A guest that has stopped hears no button.
                        let _ = powered.happens.send(Happening::Shutdown);
                    }
                }
                Command::PowerOff { instance } => {
                    if let Some(powered) = self.machines.borrow_mut().remove(&instance) {
                        powered.power.abort();
                    }
                }
            }
        }
    }

    fn power_on(self: Rc<Self>, instance: &str) {
        let Some(view) = self.host.with(|cloud, _| cloud.instance_view(instance)) else {
            return;
        };
        if self.chaos.strikes(self.chaos.mix.dead_boot) {
            return;
        }
        let (happens, happenings) = mpsc::unbounded_channel();
        let boot = if self.chaos.strikes(self.chaos.mix.slow_boot) {
            self.chaos.dice.between(560, 720)
        } else {
            self.chaos.dice.between(5, 50)
        };
        let world = self.clone();
        let task = tokio::task::spawn_local(async move {
            sleep(Duration::from_secs(boot)).await;
            machine::run(world, view, happenings).await;
            // The agent is done; the machine stays up until it is deleted.
        });
        let power = task.abort_handle();
        self.machines.borrow_mut().insert(instance.to_owned(), Powered { power, happens });
    }

    async fn push(
        self: Rc<Self>,
        delivery: String,
        endpoint: String,
        token: Option<String>,
        body: Bytes,
    ) {
        let chaos = self.chaos.clone();
        sleep(chaos.moment()).await;
        if chaos.strikes(chaos.mix.stray) {
            // A copy that comes whenever it comes; its answer goes nowhere.
            let (world, wait) = (self.clone(), chaos.long_while());
            let (endpoint, token, body) = (endpoint.clone(), token.clone(), body.clone());
            tokio::task::spawn_local(async move {
                sleep(wait).await;
                world.deliver(&endpoint, token, body).await;
            });
            if chaos.dice.chance(500) {
                sleep(chaos.long_while()).await;
            }
        }
        let answer = self.deliver(&endpoint, token, body).await;
        let status = answer.map(|answer| answer.status().as_u16());
        self.host.with(|cloud, now| cloud.pushed(&delivery, status, now));
    }

    async fn deliver(
        &self,
        endpoint: &str,
        token: Option<String>,
        body: Bytes,
    ) -> Option<Response<Bytes>> {
        let mut request = Request::post("/").header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body).expect("a request");
        let services = self.services.get().expect("set in new");
        let now = self.now();
        match endpoint {
            "http://job-queued.function/" => services.job_queued.deliver(request, now).await,
            "http://job-changed.function/" => services.job_changed.deliver(request, now).await,
            "http://maintenance-noticed.function/" => {
                services.maintenance_noticed.deliver(request, now).await
            }
            "http://sweep.function/" => services.sweep.deliver(request, now).await,
            other => panic!("a push to {other}, where no function is"),
        }
    }

    /// What happens every minute: Cloud Scheduler ticks, the log sink sends
    /// on, and machines are preempted.
    async fn minutes(self: Rc<Self>) {
        loop {
            sleep(Duration::from_secs(60)).await;
            self.preempt();
            let (maintenance, ticks) = (self.deployment.maintenance.to_string(), self.deployment.ticks.to_string());
            self.host.with(|cloud, now| {
                for entry in cloud.take_log_entries() {
                    publish(cloud, &maintenance, &entry, now);
                }
                publish(cloud, &ticks, &Value::Null, now);
            });
        }
    }

    fn preempt(&self) {
        let instances: Vec<String> = self.machines.borrow().keys().cloned().collect();
        for instance in instances {
            if !self.chaos.strikes(self.chaos.mix.preempted) {
                continue;
            }
            let gone = self.host.with(|cloud, now| {
                let view = cloud.instance_view(&instance)?;
                cloud.preempt(&view.project, &view.zone, &view.name, now).ok()
            });
            if let (Some(()), Some(powered)) = (gone, self.machines.borrow().get(&instance)) {
                let _ = powered.happens.send(Happening::Preempted);
            }
        }
    }

    /// Queues a job, as the event that a user's command publishes.
    pub fn submit(&self, id: &JobId, spec: &JobSpec) {
        let data = serde_json::to_value(spec).expect("a spec is plain data");
        self.publish(&self.deployment.queue.to_string(), &data, &[("job", id.as_str())]);
    }

    /// Cancels a job.
    pub fn cancel(&self, id: &JobId) {
        let event = json!({ "kind": "cancelled", "job": id });
        self.publish(&self.deployment.topics.changes.to_string(), &event, &[]);
    }

    /// Publishes, as somebody who may.
    pub fn publish(&self, topic: &str, data: &Value, attributes: &[(&str, &str)]) {
        let attributes = attributes.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.host.with(|cloud, now| {
            cloud
                .publish_from_system(topic, data.to_string().as_bytes(), attributes, now)
                .expect("the topic is there");
        });
    }

    /// The job as the ledger has it.
    ///
    /// # Panics
    /// If the ledger cannot be read.
    pub async fn job(&self, id: &JobId) -> Option<Job> {
        let ledger = Ledger::new(self.operator(), self.deployment.settings.database.clone());
        let entry = ledger.get::<Job>(id.as_str()).await.expect("the ledger reads");
        entry.map(|entry| entry.record)
    }

    /// Waits until every job of `ids` is done, `longest` at most; answers
    /// which are not.
    pub async fn wait(&self, ids: &[JobId], longest: Duration) -> Vec<JobId> {
        let until = self.now() + longest;
        loop {
            let mut open = Vec::new();
            for id in ids {
                let job = self.job(id).await;
                if job.is_none_or(|job| job.outcome().is_none()) {
                    open.push(id.clone());
                }
            }
            if open.is_empty() || self.now() >= until {
                return open;
            }
            sleep(Duration::from_secs(120)).await;
        }
    }

    /// Names of the machines that bear our label.
    pub async fn machines(&self) -> Vec<String> {
        let filter = format!("labels.{}={}", names::label::DEPLOYMENT, self.deployment.settings.deployment);
        let project = &self.deployment.settings.project;
        let found = gcp::methods::compute::aggregated_list(&self.operator(), project, &filter).await;
        let found = found.expect("the operator may list");
        found.instances.into_iter().map(|instance| instance.name).collect()
    }

    /// Whether a job's success is recorded in the bucket.
    #[must_use]
    pub fn has_succeeded(&self, job: &JobId) -> bool {
        (1..=20).any(|number| {
            let attempt = number.try_into().expect("from 1");
            let record = self.object(job.exit(attempt).as_str());
            record.is_some_and(|record| record["ending"]["code"] == 0)
        })
    }

    /// Whether the machine `instance` holds the claim of an attempt.
    #[must_use]
    pub fn holds_claim(&self, job: &JobId, attempt: names::Attempt, instance: &str) -> bool {
        let claim = self.object(job.claim(attempt).as_str());
        claim.is_some_and(|claim| claim["instance_id"] == instance)
    }

    /// An object of the deployment's bucket, as JSON.
    fn object(&self, name: &str) -> Option<Value> {
        let bucket = &self.deployment.settings.bucket;
        let name = name.replace('/', "%2F");
        self.read(&format!("/storage/v1/b/{bucket}/o/{name}?alt=media"))
    }

    fn read(&self, path: &str) -> Option<Value> {
        self.host.with(|cloud, now| {
            let token = cloud.mint(&Principal::user(install::OPERATOR), now);
            let request = Request::get(path)
                .header("authorization", format!("Bearer {token}"))
                .body(Bytes::new())
                .expect("a request");
            match cloud.handle(&request, "", now, now) {
                Reply::Ready(answer, _) if answer.status().is_success() => {
                    serde_json::from_slice(answer.body()).ok()
                }
                Reply::Ready(..) | Reply::Later(_) => None,
            }
        })
    }

    /// Every call that was refused for want of a permission.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        let audit = self.audit.lock().unwrap_or_else(PoisonError::into_inner);
        audit
            .iter()
            .flat_map(|call| call.permissions.iter().filter(|p| !p.granted).map(move |p| (call, p)))
            .map(|(call, asked)| {
                format!("{} {}: {} on {}", call.principal, call.method, asked.permission, asked.resource)
            })
            .collect()
    }
}

fn publish(cloud: &mut Cloud, topic: &str, data: &Value, now: Timestamp) {
    cloud
        .publish_from_system(topic, data.to_string().as_bytes(), BTreeMap::new(), now)
        .expect("the topic is there");
}

/// What a function's process is started with.
#[derive(Clone)]
struct Tools {
    host: Arc<Host>,
    chaos: Arc<Chaos>,
    clock: Arc<dyn Clock>,
    tamper: Option<Tamper>,
    settings: jobs::Settings,
    deployment: Deployment,
}

impl Tools {
    fn client(&self, identity: Identity, death: Option<Arc<watch::Sender<bool>>>) -> Client {
        let wire = Wire {
            host: self.host.clone(),
            chaos: self.chaos.clone(),
            who: identity.name().to_owned(),
            death,
            tamper: self.tamper,
        };
        let account = roles::account(&self.deployment, identity);
        let tokens = Tokens {
            host: self.host.clone(),
            principal: Principal::service_account(account.as_str()),
        };
        let endpoints = Endpoints::local("http://cloud");
        Client::new(Arc::new(wire), Arc::new(tokens), endpoints, self.clock.clone())
    }
}

/// The way to the cloud on which nothing goes wrong.
struct Direct(Arc<Host>);

impl Transport for Direct {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
        Box::pin(async move { Ok(self.0.call(request).await) })
    }
}

/// Tokens, as the metadata server of a process gives them.
struct Tokens {
    host: Arc<Host>,
    principal: Principal,
}

#[async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, _: &[&str]) -> Result<Arc<gcp_auth::Token>, gcp_auth::Error> {
        let token = self.host.with(|cloud, now| cloud.mint(&self.principal, now));
        let token = json!({ "access_token": token, "expires_in": 3600 });
        Ok(Arc::new(serde_json::from_value(token).expect("a token")))
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        Err(gcp_auth::Error::Str("no project"))
    }
}
