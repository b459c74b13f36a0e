//! The neighbour: another groundcrew, of the same name but at home in another
//! project, whose machines share the project of the world's jobs.

use super::{
    World, WorldConfig, installed_cloud, installed_manifest::without_schedule, operator,
    paused_runtime,
};
use crate::clock::{DAY, VirtualClock};
use deployment::{Deployment, Identity, roles};
use groundcrew::local::install;
use names::{Clock, Duration, SinkName};
use plan::{Manifest, Resource, Sink};
use simulator::{Cloud, Host};
use std::{
    rc::Rc,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use tokio::task::LocalSet;

/// The host of the endpoints of the neighbour's functions.
const NEIGHBOURS_FUNCTIONS: &str = "neighbour";

/// The deployment of the neighbour. A project has one setup, so what the neighbour
/// needs in the project of the jobs was made by hand.
///
/// # Panics
/// Never: the names are valid constants.
#[must_use]
pub fn neighbour() -> Deployment {
    let local = Deployment::local();
    let zones: Vec<&str> = local
        .settings
        .zones
        .iter()
        .map(names::Zone::as_str)
        .collect();
    let project = local.settings.project.as_str();
    let named = Deployment::named("local", "groundcrew-other", project, &zones);
    let mut neighbour = named.expect("valid names");
    let account = format!("other-machines@{project}.iam.gserviceaccount.com");
    neighbour.settings.instances_account = account.parse().expect("an account");
    neighbour.settings.bucket = "other-jobs".parse().expect("a bucket's name");
    neighbour.settings.key = None;
    neighbour
}

/// Runs `scenario` in the world of `config`, and in that of its neighbour.
///
/// # Panics
/// If the scenario panics.
pub fn run_with_neighbour<T>(
    config: &WorldConfig,
    scenario: impl AsyncFnOnce(Rc<World>, Rc<World>) -> T,
) -> T {
    // Installs before this runtime is entered, since it needs its own.
    let shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let cloud = shared.clone();
    drop(shared);
    let local = LocalSet::new();
    local.block_on(&paused_runtime(), async {
        let world = World::new(config.clone(), cloud);
        let neighbour = world.add_neighbour();
        scenario(world, neighbour).await
    })
}

/// A cloud with both deployments, created once.
static SHARED: LazyLock<Mutex<Cloud>> =
    LazyLock::new(|| Mutex::new(with_neighbour(installed_cloud())));

fn with_neighbour(mut cloud: Cloud) -> Cloud {
    let neighbour = neighbour();
    let project = |id: &str| format!("//cloudresourcemanager.googleapis.com/projects/{id}");
    let home = neighbour.home.as_str();
    cloud.add_project(home, 100_000_000_006, Some("organizations/1"));
    for role in ["roles/owner", "roles/storage.admin"] {
        let operator = format!("user:{}", install::OPERATOR);
        cloud.grant(&project(home), role, &operator, None);
    }
    let settings = &neighbour.settings;
    let before = DAY - Duration::from_secs(1800);
    cloud.add_account(settings.project.as_str(), "other-machines");
    cloud.declare_bucket(settings.bucket.as_str(), settings.project.as_str(), before);
    paused_runtime().block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(before));
        let (host, _commands) = Host::new(cloud, clock.clone(), "http://cloud", None);
        let time_keeper = tokio::spawn(host.clone().keep_time());
        let operator = operator(&host, &clock);
        let manifest = without_schedule(&neighbour, NEIGHBOURS_FUNCTIONS);
        let resources = manifest.resources().cloned().chain([sink(&neighbour)]);
        let manifest = Manifest::new(manifest.deployment().clone(), resources);
        let manifest = manifest.expect("each resource occurs once");
        let installed = install::install(&neighbour, &manifest, &operator).await;
        installed.expect("the manifest installs");
        host.with(|cloud, _| grant_by_hand(&neighbour, cloud));
        time_keeper.abort();
        host.with(|cloud, _| cloud.clone())
    })
}

/// What tells the neighbour of the hosts of its machines, and of the world's.
fn sink(neighbour: &Deployment) -> Resource {
    let project = &neighbour.settings.project;
    let name = SinkName::new(project.clone(), "neighbour");
    Resource::Sink(Sink {
        name: name.expect("a sink's name"),
        description: "What happens to the hosts of the neighbour's machines.".to_owned(),
        topic: neighbour.maintenance.clone(),
        filter: format!(
            "logName=\"projects/{project}/logs/cloudaudit.googleapis.com%2Fsystem_event\" \
             AND resource.type=\"gce_instance\""
        ),
        grants_publisher: true,
    })
}

/// The roles that the neighbour's own manifest leaves to the setup of the project.
fn grant_by_hand(neighbour: &Deployment, cloud: &mut Cloud) {
    for role in roles(neighbour) {
        let is_of_machines = role.identity == Identity::Jobs(jobs::Identity::Instances);
        let is_of_project = role.project.as_ref() == Some(&neighbour.settings.project);
        if !is_of_project && !is_of_machines {
            continue;
        }
        let name = role.name("organizations/1");
        cloud.add_role(&name, &role.permissions);
        let member = format!("serviceAccount:{}", role.account);
        let condition = role.scope.condition.as_deref();
        cloud.grant(&role.scope.resource, &name, &member, condition);
    }
}

impl World {
    fn add_neighbour(self: &Rc<Self>) -> Rc<Self> {
        let mut config = self.config.clone();
        config.seed ^= 0x4e16;
        // Zones and operations are disturbed once for both.
        config.faults.zone_lacks = 0;
        config.faults.stockout = 0;
        config.faults.delete_fails = 0;
        let neighbour = Self::beside(
            config,
            neighbour(),
            NEIGHBOURS_FUNCTIONS,
            self.host.clone(),
            self.clock.clone(),
            self.audit.clone(),
        );
        let added = self.neighbour.set(neighbour.clone());
        assert!(added.is_ok(), "there is one");
        neighbour
    }

    /// Whether this is the neighbour of the world.
    #[must_use]
    pub fn is_neighbour(&self) -> bool {
        self.functions == NEIGHBOURS_FUNCTIONS
    }

    /// The world that an instance (by ID) was made in: its own or its neighbour's.
    pub(super) fn world_of(self: &Rc<Self>, instance: &str) -> Rc<Self> {
        let view = self.host.with(|cloud, _| cloud.instance_view(instance));
        let account = view.and_then(|view| view.account);
        let is_neighbours = |neighbour: &&Rc<Self>| {
            let theirs = neighbour.deployment.settings.instances_account.as_str();
            account.as_deref() == Some(theirs) || neighbour.machines.borrow().contains_key(instance)
        };
        self.neighbour
            .get()
            .filter(is_neighbours)
            .unwrap_or(self)
            .clone()
    }

    /// The world whose function has this endpoint.
    pub(super) fn world_at(self: &Rc<Self>, endpoint: &str) -> Rc<Self> {
        let is_neighbours = |_: &&Rc<Self>| endpoint.contains(&format!(".{NEIGHBOURS_FUNCTIONS}/"));
        self.neighbour
            .get()
            .filter(is_neighbours)
            .unwrap_or(self)
            .clone()
    }
}
