//! The resources that a product consists of. Pure.

use crate::{
    DefaultAccounts, DefaultNetwork, Environment, Level, PRODUCT_ADMIN, ProjectIds, RUN_EDITOR,
    Settings, Spec, TERRAFORM, roles::DEPLOYER,
};
use names::{
    BucketName, CustomRoleName, Duration, EnvironmentName, Member, ProjectId, RoleName,
    ServiceAccountEmail, ServiceName,
};
use plan::{
    Api, AutomaticGrants, BillingLink, Bucket, BudgetId, CustomRole, Grant, Lien, Manifest,
    NoDefaultNetwork, PolicyGrants, PolicyTarget, Project, Resource, ResourceFolder,
    ServiceAccount,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

/// The APIs that every project of a product has: those that its accounts are used
/// by. A call counts against the project of the caller.
const APIS: [&str; 6] = [
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
];
/// Jobs run on machines, and the network `default` comes with it.
const COMPUTE: &str = "compute.googleapis.com";
/// The custom role of deployers, on `terraform-deploy` only.
const DEPLOYER_ROLE: &str = "terraformDeployer";
/// The custom role of `cloud-run-deployer`.
const RUN_EDITOR_ROLE: &str = "runEditor";
/// The custom role of groundcrew's function that sets the project up for jobs.
const SETUP_ROLE: &str = "groundcrewSetup";
/// The shortest soft delete period that Cloud Storage allows, and its default.
const SOFT_DELETE_PERIOD: Duration = Duration::from_secs(7 * 86_400);

/// The account that administers the product.
#[must_use]
pub fn product_admin(ids: &ProjectIds) -> ServiceAccountEmail {
    account("product-admin", &ids.meta)
}

/// The account of an environment that Terraform acts as.
#[must_use]
pub fn terraform_account(project: &ProjectId) -> ServiceAccountEmail {
    account("terraform-deploy", project)
}

/// The account of an environment that makes new revisions of its services.
#[must_use]
pub fn deployer_account(project: &ProjectId) -> ServiceAccountEmail {
    account("cloud-run-deployer", project)
}

/// The account of a process of an environment.
pub(crate) fn process_account(process: &str, project: &ProjectId) -> ServiceAccountEmail {
    account(&format!("process-{process}"), project)
}

/// The bucket of an environment's Terraform state.
pub(crate) fn state_bucket(project: &ProjectId) -> BucketName {
    valid(format!("{project}-terraform-state"))
}

fn account(id: &str, project: &ProjectId) -> ServiceAccountEmail {
    valid(format!("{id}@{project}.iam.gserviceaccount.com"))
}

/// The manifest of the product of `spec`, with projects of these IDs.
///
/// # Panics
/// Never: all names are derived from valid names, and each occurs once.
#[must_use]
pub fn manifest(spec: &Spec, ids: &ProjectIds, settings: &Settings) -> Manifest {
    let folder = Resource::ResourceFolder(ResourceFolder { id: spec.folder() });
    let mut all = vec![folder];
    all.extend(project(spec, &ids.meta, "meta", &Environment::default()));
    all.extend(admin(spec, ids));
    for (name, environment) in &spec.environments {
        let id = &ids.environments[name];
        let mut with_apis = environment.clone();
        with_apis.apis.extend(spec.apis.iter().cloned());
        if spec.options.jobs {
            with_apis.apis.insert(COMPUTE.to_owned());
        }
        all.extend(project(spec, id, name.as_str(), &with_apis));
        all.extend(access_of(spec, id, environment, settings));
    }
    all.extend(people(spec));
    all.extend(budget(spec));
    let projects = std::iter::once(&ids.meta)
        .chain(spec.environments.keys().map(|name| &ids.environments[name]));
    let taken_back: Vec<Resource> = projects.map(|id| automatic(spec, id, &all)).collect();
    all.extend(taken_back);
    // A folder's creator may have needed that for everything in it.
    let after = all.iter().map(Resource::id).collect();
    all.push(Resource::AutomaticGrants(AutomaticGrants {
        target: PolicyTarget::ResourceFolder(spec.folder()),
        keeps_default_accounts: true,
        after,
    }));
    Manifest::new(spec.id(), all).expect("each resource occurs once")
}

/// A project of the product, paid for, with its APIs.
fn project<'a>(
    spec: &'a Spec,
    id: &'a ProjectId,
    name: &str,
    environment: &'a Environment,
) -> impl Iterator<Item = Resource> + use<'a> {
    let mut labels = spec.labels.clone();
    labels.extend(environment.labels.clone());
    labels.insert("product".to_owned(), spec.name.to_string());
    labels.insert("environment".to_owned(), name.to_owned());
    let title: String = format!("{} {name}", spec.name).chars().take(30).collect();
    let lien = spec.options.lien.then(|| {
        Resource::Lien(Lien {
            project: id.clone(),
            reason: format!("a project of {}: groundcrew product delete", spec.name),
        })
    });
    let fixed = [
        Resource::Project(Project {
            id: id.clone(),
            folder: spec.folder(),
            title: title.trim_end().to_owned(),
            labels,
        }),
        Resource::Billing(BillingLink {
            project: id.clone(),
            account: spec.billing_account.clone(),
        }),
    ];
    let own = environment.apis.iter().map(String::as_str);
    let hosts: BTreeSet<&str> = APIS.into_iter().chain(own).collect();
    let api = |host| {
        let name = ServiceName::new(id.clone(), host).expect("an API's host");
        Resource::Api(Api { name })
    };
    // Google makes the network together with the API.
    let is_deleted = spec.options.default_network == DefaultNetwork::Delete;
    let no_network = (is_deleted && hosts.contains(COMPUTE)).then(|| {
        Resource::NoDefaultNetwork(NoDefaultNetwork {
            project: id.clone(),
        })
    });
    fixed
        .into_iter()
        .chain(lien)
        .chain(no_network)
        .chain(hosts.into_iter().map(api))
}

/// The account that administers the product, and what it may do.
fn admin(spec: &Spec, ids: &ProjectIds) -> [Resource; 3] {
    let email = product_admin(ids);
    let on_folder = PRODUCT_ADMIN.map(|role| grant(valid(role), of_account(&email)));
    let pays = grant(valid("roles/billing.user"), of_account(&email));
    [
        Resource::Account(ServiceAccount {
            project: ids.meta.clone(),
            email,
            title: format!("{} admin", spec.name),
            description: "Administers the product: used by impersonation only.".to_owned(),
        }),
        policy(PolicyTarget::ResourceFolder(spec.folder()), on_folder),
        policy(
            PolicyTarget::BillingAccount(spec.billing_account.clone()),
            [pays],
        ),
    ]
}

/// The accounts and roles of an environment, and who may act as them.
fn access_of(
    spec: &Spec,
    id: &ProjectId,
    environment: &Environment,
    settings: &Settings,
) -> Vec<Resource> {
    let (terraform, run) = (terraform_account(id), deployer_account(id));
    let role = |role: &str| custom_role(id, role);
    let own = |email: &ServiceAccountEmail, title: &str, description: &str| {
        Resource::Account(ServiceAccount {
            project: id.clone(),
            email: email.clone(),
            title: title.to_owned(),
            description: description.to_owned(),
        })
    };
    let default_roles = || TERRAFORM.map(valid).into();
    let terraform_roles: BTreeSet<RoleName> = spec
        .options
        .terraform_roles
        .clone()
        .unwrap_or_else(default_roles);
    let mut on_project: BTreeSet<Grant> = terraform_roles
        .into_iter()
        .map(|role| grant(role, of_account(&terraform)))
        .collect();
    on_project.insert(grant(role(RUN_EDITOR_ROLE), of_account(&run)));
    let viewers = environment.team.viewers.iter();
    on_project.extend(viewers.map(|viewer| grant(valid(VIEWER), viewer.clone())));
    for (role, members) in &environment.iam {
        let members = members.iter().cloned();
        on_project.extend(members.map(|member| grant(role.clone(), member)));
    }
    let deployers = spec.team.deployers.union(&environment.team.deployers);
    let deployers = deployers.map(|who| grant(role(DEPLOYER_ROLE), who.clone()));
    let bucket = state_bucket(id);
    let mut all = vec![
        own(
            &terraform,
            "Terraform",
            "What Terraform acts as: used by impersonation only.",
        ),
        own(
            &run,
            "Cloud Run deployer",
            "Makes new revisions of existing services.",
        ),
        define(
            id,
            RUN_EDITOR_ROLE,
            "Run Editor",
            "Update existing Cloud Run deployments.",
            &RUN_EDITOR,
        ),
        define(
            id,
            DEPLOYER_ROLE,
            "Terraform deployer",
            "Act as Terraform's account for an hour at a time, and nothing else.",
            &DEPLOYER,
        ),
        policy(
            PolicyTarget::Account(terraform.clone()),
            deployers.collect::<BTreeSet<_>>(),
        ),
        Resource::Bucket(Bucket {
            name: bucket.clone(),
            project: id.clone(),
            location: spec.location.clone(),
            labels: BTreeMap::new(),
            soft_delete: SOFT_DELETE_PERIOD,
            versioning: true,
            expiry: None,
        }),
        policy(
            PolicyTarget::Bucket(bucket),
            [grant(
                valid("roles/storage.objectUser"),
                of_account(&terraform),
            )],
        ),
    ];
    for (process, fields) in &spec.processes {
        let email = process_account(process, id);
        let roles = fields.roles.iter().cloned();
        on_project.extend(roles.map(|role| grant(role, of_account(&email))));
        let description = format!("What the process {process} runs as.");
        all.push(own(&email, process, &description));
        // A revision names the account that it runs as.
        let act_as = grant(valid("roles/iam.serviceAccountUser"), of_account(&run));
        all.push(policy(PolicyTarget::Account(email), [act_as]));
    }
    if spec.options.jobs {
        let permissions: Vec<&str> = settings
            .setup_permissions
            .iter()
            .map(String::as_str)
            .collect();
        let description = "Set the project up for groundcrew's jobs.";
        all.push(define(
            id,
            SETUP_ROLE,
            "groundcrew setup",
            description,
            &permissions,
        ));
        on_project.insert(grant(role(SETUP_ROLE), of_account(&settings.setup_account)));
    }
    all.push(policy(PolicyTarget::Project(id.clone()), on_project));
    all
}

/// Basic, and without access to secrets.
const VIEWER: &str = "roles/viewer";

/// The people of the whole product.
fn people(spec: &Spec) -> Option<Resource> {
    let role = |level| match level {
        Level::Viewer => Some(VIEWER),
        Level::Owner => Some("roles/owner"),
        // On accounts only.
        Level::Deployer => None,
    };
    let levels = Level::ALL
        .into_iter()
        .filter_map(|level| Some((role(level)?, level)));
    let grants: BTreeSet<Grant> = levels
        .flat_map(|(role, level)| {
            let members = spec.team.at(level).iter();
            members.map(move |member| grant(valid(role), member.clone()))
        })
        .collect();
    let target = PolicyTarget::ResourceFolder(spec.folder());
    (!grants.is_empty()).then(|| policy(target, grants))
}

fn budget(spec: &Spec) -> Option<Resource> {
    let budget = spec.budget.as_ref()?;
    Some(Resource::Budget(plan::Budget {
        id: BudgetId {
            account: spec.billing_account.clone(),
            display_name: format!("groundcrew: {} in {}", spec.name, spec.parent),
        },
        folder: spec.folder(),
        currency: budget.currency.clone(),
        units: budget.amount,
        thresholds: budget.thresholds.clone(),
    }))
}

/// What Google grants by itself on a project is taken back after all else in it.
fn automatic(spec: &Spec, id: &ProjectId, all: &[Resource]) -> Resource {
    let inside = all.iter().filter(|resource| {
        let is_inside = resource.id().project().as_ref() == Some(id);
        is_inside
            || resource
                .dependencies()
                .iter()
                .any(|on| on.project().as_ref() == Some(id))
    });
    Resource::AutomaticGrants(AutomaticGrants {
        target: PolicyTarget::Project(id.clone()),
        keeps_default_accounts: spec.options.default_accounts == DefaultAccounts::Keep,
        after: inside.map(Resource::id).collect(),
    })
}

fn define(
    id: &ProjectId,
    role: &str,
    title: &str,
    description: &str,
    permissions: &[&str],
) -> Resource {
    Resource::Role(CustomRole {
        name: CustomRoleName::new(id.clone(), role).expect("a role's ID"),
        title: title.to_owned(),
        description: description.to_owned(),
        permissions: permissions.iter().map(|&p| p.to_owned()).collect(),
    })
}

fn custom_role(id: &ProjectId, role: &str) -> RoleName {
    valid(format!("projects/{id}/roles/{role}"))
}

fn of_account(email: &ServiceAccountEmail) -> Member {
    valid(format!("serviceAccount:{email}"))
}

fn grant(role: RoleName, member: Member) -> Grant {
    Grant {
        role,
        member,
        condition: None,
    }
}

fn policy(target: PolicyTarget, grants: impl Into<BTreeSet<Grant>>) -> Resource {
    Resource::Policy(PolicyGrants {
        target,
        grants: grants.into(),
        exclusive: BTreeSet::new(),
    })
}

/// Parses a name that is composed of valid names.
pub(crate) fn valid<T: FromStr<Err: Display>>(text: impl AsRef<str>) -> T {
    let text = text.as_ref();
    text.parse()
        .unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

/// Of the recorded projects, those that `spec` no longer has: the environment is
/// gone, or has another project now.
pub(crate) fn former(spec: &Spec, recorded: &ProjectIds) -> BTreeMap<EnvironmentName, ProjectId> {
    let all = recorded.environments.iter();
    let gone = all.filter(|(name, id)| match spec.environments.get(*name) {
        None => true,
        Some(environment) => environment
            .project
            .as_ref()
            .is_some_and(|given| given != *id),
    });
    gone.map(|(name, id)| (name.clone(), id.clone())).collect()
}
