//! The resources that a project needs so that jobs can run in it. Pure.

use crate::{
    Settings, Spec, SshKey,
    network::{named_subnetworks, network},
    permissions,
    sink::sink,
};
use names::{
    BucketName, CustomRoleName, Duration, ManagedFolderName, ProjectId, RoleName,
    ServiceAccountEmail, ServiceName, TopicName, ssh_key_aad, ssh_key_object,
};
use plan::{
    Api, Bucket, CryptoKey, CustomRole, Grant, GrantCondition, KeyRing, ManagedFolder, Manifest,
    Object, PolicyGrants, PolicyTarget, Resource, ResourceId, ServiceAccount,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

/// The id of the resource manager's role in the project.
pub const RESOURCE_MANAGER_ROLE: &str = "groundcrewResourceManager";
/// The id of the instances account's role in the project.
pub const INSTANCE_ROLE: &str = "groundcrewInstance";
/// A label on the deployment's key: the bucket that has its record.
pub(crate) const BUCKET_LABEL: &str = "groundcrew-bucket";

/// The APIs that groundcrew calls in the project, and Pub/Sub: its machines publish
/// their reports elsewhere, but a call counts against the project of the caller.
const APIS: [&str; 6] = [
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "iam.googleapis.com",
    "pubsub.googleapis.com",
    "storage.googleapis.com",
];
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Google's recommendation for symmetric keys (Cloud KMS, "Key rotation").
const ROTATION_PERIOD: Duration = DAY.saturating_mul(90);
/// The shortest soft delete period that Cloud Storage allows, and its default.
const SOFT_DELETE_PERIOD: Duration = DAY.saturating_mul(7);

/// The account that machines in `project` run as.
#[must_use]
pub fn instances_account(project: &ProjectId) -> ServiceAccountEmail {
    name(format!(
        "groundcrew-instances@{project}.iam.gserviceaccount.com"
    ))
}

/// The folder that contains the agent's binary.
#[must_use]
pub(crate) fn agent_folder(spec: &Spec) -> ManagedFolderName {
    name(format!("{}/agent/", spec.bucket()))
}

/// The manifest of the project of `spec`.
///
/// # Panics
/// Never: all names are derived from valid names, and each occurs once.
#[must_use]
pub fn manifest(spec: &Spec, settings: &Settings) -> Manifest {
    let project = &spec.project;
    let api = |host| {
        let name = ServiceName::new(project.clone(), host).expect("an API's host");
        Resource::Api(Api { name })
    };
    let role = |id, title: &str, description: &str, permissions: &[&str]| {
        let name = CustomRoleName::new(project.clone(), id).expect("a role's id");
        let (title, description) = (title.to_owned(), description.to_owned());
        Resource::Role(CustomRole {
            name,
            title,
            description,
            permissions: permissions.iter().map(|&p| p.to_owned()).collect(),
        })
    };
    let custom = |id| name(format!("projects/{project}/roles/{id}"));

    let account = instances_account(project);
    let key = spec.key();
    let bucket = spec.bucket();
    let act_as = grant(
        name("roles/iam.serviceAccountUser"),
        &settings.resource_manager,
        None,
    );
    let decrypt = grant(custom(INSTANCE_ROLE), &account, None);
    // A machine must not write the deployment record, which `delete` trusts, nor
    // access the data of volumes.
    let excluded = [
        "objects/groundcrew/",
        "objects/volumes/",
        "managedFolders/volumes/",
    ]
    .map(|folder| format!("!resource.name.startsWith(\"projects/_/buckets/{bucket}/{folder}\")"));
    let title = "groundcrew: all but its record and volumes";
    let expression = excluded.join(" && ");
    let condition = Some((title, expression.as_str()));
    let objects = grant(custom(INSTANCE_ROLE), &account, condition);
    let jobs: ManagedFolderName = name(format!("{bucket}/jobs/"));
    let encrypted_key = |content| {
        Resource::Object(Object {
            bucket: bucket.clone(),
            name: ssh_key_object(),
            key: key.clone(),
            aad: ssh_key_aad(&bucket),
            content,
        })
    };
    let ssh_key = match &spec.ssh_key {
        SshKey::Kept => Some(encrypted_key(None)),
        SshKey::Given(content) => Some(encrypted_key(Some(content.clone()))),
        SshKey::Forgotten => None,
    };

    let fixed = [
        role(
            RESOURCE_MANAGER_ROLE,
            "groundcrew resource manager",
            "Launches and removes groundcrew's machines.",
            &permissions::resource_manager(spec.internet),
        ),
        role(
            INSTANCE_ROLE,
            "groundcrew instance",
            "What groundcrew's machines may do with its bucket and its key.",
            &permissions::INSTANCE,
        ),
        Resource::Account(ServiceAccount {
            project: project.clone(),
            email: account.clone(),
            title: "groundcrew instances".to_owned(),
            description: "What groundcrew's machines run as.".to_owned(),
        }),
        Resource::Ring(KeyRing {
            name: key.ring().clone(),
        }),
        Resource::Key(CryptoKey {
            name: key.clone(),
            rotation: ROTATION_PERIOD,
            // Without the record, it tells which bucket the deployment has.
            labels: [(BUCKET_LABEL.to_owned(), bucket.to_string())].into(),
        }),
        Resource::Bucket(Bucket {
            name: bucket.clone(),
            project: project.clone(),
            location: spec.location.clone(),
            labels: BTreeMap::new(),
            soft_delete: SOFT_DELETE_PERIOD,
            versioning: false,
            expiry: spec.job_days().map(|days| ("jobs/".to_owned(), days)),
        }),
        fence_access(spec, settings, jobs.clone()),
        Resource::Folder(ManagedFolder { name: jobs }),
        Resource::Folder(ManagedFolder {
            name: agent_folder(spec),
        }),
        policy(
            PolicyTarget::Project(project.clone()),
            [manage_machines(project, settings)],
        ),
        policy(PolicyTarget::Account(account.clone()), [act_as]),
        policy(PolicyTarget::Key(key.clone()), [decrypt]),
        policy(
            PolicyTarget::Bucket(bucket.clone()),
            [objects, checkpoints(&bucket, "jobs/{job}/", &account)],
        ),
        // The accounts of volumes get access to it.
        policy(PolicyTarget::Folder(agent_folder(spec)), []),
    ];
    let resources = APIS.into_iter().map(api).chain(fixed);
    let resources = resources.chain(network(spec, settings)).chain(ssh_key);
    let resources = resources.chain(report_access(settings, &account));
    let resources = resources.chain(sink(spec, settings));
    let manifest = Manifest::new(spec.deployment_id(), resources);
    let manifest = manifest.expect("each resource occurs once");
    named_subnetworks(spec, settings)
        .into_iter()
        .fold(manifest, |manifest, name| {
            let id = ResourceId::Subnetwork(name);
            manifest.refer_to(id, "`subnetwork:` in the spec")
        })
}

/// The resource; in a policy, other grants to groundcrew's own identities, to the
/// machines' `accounts` and to everybody are more access than the setup gives. A
/// customer may give the machines' accounts more access to the project, and
/// groundcrew's own project is not the customer's.
pub(crate) fn with_exclusive(
    mut resource: Resource,
    settings: &Settings,
    accounts: &[ServiceAccountEmail],
) -> Resource {
    let invited = [&settings.resource_manager];
    if let Resource::Policy(policy) = &mut resource {
        let named: Vec<&ServiceAccountEmail> = match policy.target {
            PolicyTarget::Project(_) => invited.into(),
            PolicyTarget::Account(_)
            | PolicyTarget::Key(_)
            | PolicyTarget::Bucket(_)
            | PolicyTarget::Folder(_) => {
                let named = invited.into_iter().chain(&settings.functions);
                named.chain(accounts).collect()
            }
            PolicyTarget::Topic(_)
            | PolicyTarget::ResourceFolder(_)
            | PolicyTarget::BillingAccount(_) => return resource,
        };
        let named = named
            .iter()
            .map(|account| format!("serviceAccount:{account}"));
        let everybody = ["allUsers", "allAuthenticatedUsers"].map(str::to_owned);
        policy.exclusive.extend(named.chain(everybody));
    }
    resource
}

/// Lets the resource manager launch, watch and delete machines in `project`.
pub(crate) fn manage_machines(project: &ProjectId, settings: &Settings) -> Grant {
    grant(
        name(format!("projects/{project}/roles/{RESOURCE_MANAGER_ROLE}")),
        &settings.resource_manager,
        Some(ONLY_OWN_MACHINES),
    )
}

/// Restricts the resource manager to groundcrew's machines: whoever can set the
/// metadata of another machine could run code as its account. Permissions that
/// are checked on another kind of resource (a disk, the project) are not
/// restricted: IAM has no resource name for those. Every name that
/// [`names::JobId::instance`] makes begins with `gc-`.
const ONLY_OWN_MACHINES: (&str, &str) = (
    "groundcrew: its own machines",
    "resource.type != \"compute.googleapis.com/Instance\" || \
     resource.name.extract(\"/instances/{name}\").startsWith(\"gc-\")",
);

/// Lets machines that run as `account` publish their reports.
pub(crate) fn report_access(
    settings: &Settings,
    account: &ServiceAccountEmail,
) -> Option<Resource> {
    let is_open = |topic: &TopicName| !settings.closed_topics.contains(topic);
    let topic = settings.reports.clone().filter(is_open)?;
    let publisher = grant(name("roles/pubsub.publisher"), account, None);
    Some(policy(PolicyTarget::Topic(topic), [publisher]))
}

/// Lets the job functions access the claims and exit records of the jobs in
/// `folder`.
pub(crate) fn fence_access(
    spec: &Spec,
    settings: &Settings,
    folder: ManagedFolderName,
) -> Resource {
    let role: RoleName = name(format!("projects/{}/roles/{INSTANCE_ROLE}", spec.project));
    let grant = |function| grant(role.clone(), function, Some(ONLY_FENCES));
    let grants: BTreeSet<Grant> = settings.functions.iter().map(grant).collect();
    policy(PolicyTarget::Folder(folder), grants)
}

/// Listing is allowed, too: functions list to find exit records, and a list
/// request has no object name. (Unverified: that the policy of a managed folder
/// accepts conditions.)
const ONLY_FENCES: (&str, &str) = (
    "groundcrew: claims and exit records",
    "resource.type != \"storage.googleapis.com/Object\" || \
     resource.name.endsWith(\"/claim.json\") || resource.name.endsWith(\"/exit.json\")",
);

pub(crate) fn grant(
    role: RoleName,
    account: &ServiceAccountEmail,
    condition: Option<(&str, &str)>,
) -> Grant {
    let condition = condition.map(|(title, expression)| GrantCondition {
        title: title.to_owned(),
        expression: expression.to_owned(),
    });
    Grant {
        role,
        member: name(format!("serviceAccount:{account}")),
        condition,
    }
}

/// Lets `account` replace and delete objects in the checkpoints folder of jobs,
/// whose folders are named by the template `job`. It may only create others:
/// claims and exit records are fences. None of those can be taken for a
/// checkpoint, because a job's ID contains no slash.
pub(crate) fn checkpoints(bucket: &BucketName, job: &str, account: &ServiceAccountEmail) -> Grant {
    let objects = format!("projects/_/buckets/{bucket}/objects/{job}checkpoints/");
    let expression = format!("resource.name.extract(\"{objects}\") != \"\"");
    let condition = ("groundcrew: checkpoints of jobs", expression.as_str());
    let role = name("roles/storage.objectUser");
    grant(role, account, Some(condition))
}

pub(crate) fn policy(target: PolicyTarget, grants: impl Into<BTreeSet<Grant>>) -> Resource {
    Resource::Policy(PolicyGrants {
        target,
        grants: grants.into(),
        exclusive: BTreeSet::new(),
    })
}

/// Parses a name that is composed of valid names.
pub(crate) fn name<T: FromStr<Err: Display>>(text: impl AsRef<str>) -> T {
    let text = text.as_ref();
    text.parse()
        .unwrap_or_else(|error| unreachable!("{text}: {error}"))
}
