//! Installs the deployment in a simulated cloud: its projects and their owner as
//! only Google and an administrator can make them, and everything else as on a
//! real project.

use account::{Setup, Spec};
use anyhow::{Context, Result, anyhow, bail};
use deployment::{CUSTOMER, Deployment, IdentityRole, engine, project_settings, roles};
use gcp::{Client, Message, Publisher, RestPublisher};
use jobs::Identity;
use plan::{ApplyReport, Manifest};
use simulator::{Cloud, api::cloudidentity::Directory};

/// The owner of the local projects.
pub const OPERATOR: &str = "operator@groundcrew.local";

/// The number of the folder that local products are made in.
const PRODUCTS: &str = "1000";

/// The billing account of the local projects.
const BILLING_ACCOUNT: &str = "000000-000000-000000";

/// The directory of the local organisation, whose groups [`OPERATOR`] administers.
/// It is a setting, and not part of the stored state.
#[must_use]
pub fn directory() -> Directory {
    let (_, domain) = OPERATOR.split_once('@').unwrap_or_default();
    Directory {
        domains: vec![domain.to_owned()],
        administrators: vec![OPERATOR.to_owned()],
        ..Directory::default()
    }
}

/// Creates the projects in an empty cloud, and makes [`OPERATOR`] their owner.
/// Afterwards [`install`] must install the deployment, [`invite`] must let it into
/// the customer's project, and [`set_up`] must set up the jobs project.
pub fn create_projects(deployment: &Deployment, cloud: &mut Cloud) {
    let home = deployment.home.as_str();
    let jobs = deployment.settings.project.as_str();
    cloud.add_organization("1");
    cloud.set_customer("1", "C00000001", &["groundcrew.local"]);
    cloud.add_named_folder(PRODUCTS, "organizations/1", "products");
    cloud.add_project(home, 100_000_000_001, Some("organizations/1"));
    cloud.add_project(jobs, 100_000_000_002, Some("organizations/1"));
    cloud.add_project(CUSTOMER, 100_000_000_004, None);
    // Google lets every authenticated principal use public images.
    let images = [
        ("debian-cloud", 100_000_000_003),
        ("deeplearning-platform-release", 100_000_000_005),
    ];
    for (id, number) in images {
        let (role, everybody) = ("roles/compute.imageUser", "allAuthenticatedUsers");
        cloud.add_project(id, number, None);
        cloud.grant(&project(id), role, everybody, None);
    }
    let operator = format!("user:{OPERATOR}");
    for id in [home, jobs, CUSTOMER] {
        // Owners may not read objects without a role of Cloud Storage.
        for role in ["roles/owner", "roles/storage.admin"] {
            cloud.grant(&project(id), role, &operator, None);
        }
    }
    cloud.add_billing_account(BILLING_ACCOUNT);
    // Only then the organisation's roles can be granted on it.
    cloud.move_billing_account(BILLING_ACCOUNT, ORGANIZATION);
    cloud.grant(
        &format!("//cloudbilling.googleapis.com/billingAccounts/{BILLING_ACCOUNT}"),
        "roles/billing.admin",
        &operator,
        None,
    );
    for role in [
        "billing.projectManager",
        "owner",
        "resourcemanager.lienModifier",
        "storage.admin",
    ] {
        cloud.grant(
            &format!("//cloudresourcemanager.googleapis.com/folders/{PRODUCTS}"),
            &format!("roles/{role}"),
            &operator,
            None,
        );
    }
    // What administrators of an organisation have, too.
    for role in [
        "orgpolicy.policyAdmin",
        "resourcemanager.folderAdmin",
        "resourcemanager.organizationViewer",
        "resourcemanager.projectCreator",
    ] {
        cloud.grant(
            "//cloudresourcemanager.googleapis.com/organizations/1",
            &format!("roles/{role}"),
            &operator,
            None,
        );
    }
}

/// Applies `manifest` of `deployment` with the client's credentials.
///
/// # Errors
/// Lists everything that could not be observed or created.
pub async fn install(deployment: &Deployment, manifest: &Manifest, client: &Client) -> Result<()> {
    let engine = engine(deployment, client.clone());
    let plan = engine.plan(manifest).await.map_err(|errors| all(&errors))?;
    check(&engine.apply(manifest, &plan, &|_| {}).await?)
        .with_context(|| format!("{} is not installed", deployment.home))
}

/// The organisation of the local projects, which has the roles on folders and billing
/// accounts.
const ORGANIZATION: &str = "organizations/1";

/// Grants groundcrew its roles in the customer's project, as its owner would, and
/// those by which it makes products, as the organisation's administrator would.
pub fn invite(deployment: &Deployment, cloud: &mut Cloud) {
    let roles = roles(deployment).into_iter();
    let is_invited = |role: &IdentityRole| {
        let project = role.project.as_ref();
        project.is_none_or(|project| project.as_str() == CUSTOMER)
    };
    let invited = roles.filter(is_invited);
    for role in invited.filter(|role| role.identity != Identity::Instances) {
        let name = role.name(ORGANIZATION);
        cloud.add_role(&name, &role.permissions);
        let member = format!("serviceAccount:{}", role.account);
        cloud.grant(
            &role.scope.resource,
            &name,
            &member,
            role.scope.condition.as_deref(),
        );
    }
}

/// Sets up the jobs project of `deployment` with the client's credentials, like any
/// customer's project.
///
/// # Errors
/// Lists everything that could not be observed or created.
pub async fn set_up(deployment: &Deployment, client: &Client) -> Result<()> {
    let spec = Spec::of(deployment.settings.project.clone());
    let setup = Setup::new(client.clone(), &spec, &project_settings(deployment));
    let plan = setup.plan().await.map_err(|errors| all(&errors))?;
    check(&setup.apply(&plan, &|_| {}).await?)
        .with_context(|| format!("{} is not set up", spec.project))
}

/// A product with two environments.
const DEMO: &str = "
name: demo
parent: folders/1000
billing_account: 000000-000000-000000
location: us-central1
environments: {staging: , production: }
team: {owners: ['user:operator@groundcrew.local']}
";

/// Requests the product `demo`, which the function for that makes.
///
/// # Errors
/// The event could not be published.
pub async fn request_demo(deployment: &Deployment, client: &Client) -> Result<()> {
    let spec = product::Spec::parse("the product demo", DEMO)?;
    let message = Message::json(&product::event(&spec));
    let publisher = RestPublisher::new(client.clone());
    publisher.publish(&deployment.products, message).await?;
    Ok(())
}

fn project(id: &str) -> String {
    format!("//cloudresourcemanager.googleapis.com/projects/{id}")
}

fn all(errors: &[plan::Error]) -> anyhow::Error {
    let texts: Vec<String> = errors.iter().map(|error| gcp::chain(error)).collect();
    anyhow!("{}", texts.join("\n  "))
}

fn check(report: &ApplyReport) -> Result<()> {
    if report.is_done() {
        return Ok(());
    }
    let failed = report.outcomes.iter().filter(|(_, o)| !o.is_success());
    let failed: Vec<String> = failed.map(|(id, o)| format!("{id}: {o:?}")).collect();
    let remaining = report.remaining.as_ref().map(ToString::to_string);
    let unobserved = report.unobserved.join("\n");
    bail!(
        "{}\n{}\n{unobserved}",
        failed.join("\n"),
        remaining.unwrap_or_default()
    )
}
