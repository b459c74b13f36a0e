//! What a project must hold so that jobs can run in it. Pure.

use crate::{Spec, SshKey, network::network, permissions};
use names::{
    CustomRoleName, Duration, ManagedFolderName, ProjectId, Region, RoleName, ServiceAccountEmail,
    ServiceName, TopicName, ssh_key_aad, ssh_key_object,
};
use plan::{
    Api, Bucket, Condition, CryptoKey, CustomRole, Grant, KeyRing, ManagedFolder, Manifest, Object,
    Policy, PolicyTarget, Resource, ServiceAccount,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

/// What groundcrew's own configuration says of every project that it sets up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The one identity of groundcrew's that the project invites.
    pub resource_manager: ServiceAccountEmail,
    /// The accounts of the functions that fence attempts and read how they
    /// ended: claims and exit records are all that they can reach.
    pub functions: BTreeSet<ServiceAccountEmail>,
    /// Where machines run, if the project's spec does not say.
    pub regions: BTreeSet<Region>,
    /// Where machines report. If there is none, the topic's owner must let the
    /// accounts of machines publish there.
    pub reports: Option<TopicName>,
}

/// The id of the resource manager's role in the project.
pub const RESOURCE_MANAGER_ROLE: &str = "groundcrewResourceManager";
/// The id of the instances account's role in the project.
pub const INSTANCE_ROLE: &str = "groundcrewInstance";

const APIS: [&str; 5] = [
    "cloudkms.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "iam.googleapis.com",
    "storage.googleapis.com",
];
const DAY: Duration = Duration::from_secs(24 * 3600);
/// What Google recommends for symmetric keys (Cloud KMS, "Key rotation").
const ROTATION: Duration = DAY.saturating_mul(90);
/// The shortest that Cloud Storage takes, and its default.
const SOFT_DELETE: Duration = DAY.saturating_mul(7);

/// The account that the machines of `project` run as.
#[must_use]
pub fn instances_account(project: &ProjectId) -> ServiceAccountEmail {
    name(format!(
        "groundcrew-instances@{project}.iam.gserviceaccount.com"
    ))
}

/// The folder of what machines run.
#[must_use]
pub(crate) fn agent_folder(spec: &Spec) -> ManagedFolderName {
    name(format!("{}/agent/", spec.bucket()))
}

/// What the project of `spec` must hold.
#[must_use]
pub fn manifest(spec: &Spec, settings: &Settings) -> Manifest {
    let project = &spec.project;
    let api = |host| {
        let name = ServiceName::new(project.clone(), host).expect("an API's host");
        Resource::Api(Api { name })
    };
    let role = |id, title: &str, description: &str, permissions| {
        let name = CustomRoleName::new(project.clone(), id).expect("a role's id");
        let (title, description) = (title.to_owned(), description.to_owned());
        Resource::Role(CustomRole {
            name,
            title,
            description,
            permissions,
        })
    };
    let custom = |id| name(format!("projects/{project}/roles/{id}"));
    let policy = |of, grant| {
        let grants = [grant].into();
        Resource::Policy(Policy { of, grants })
    };

    let account = instances_account(project);
    let key = spec.key();
    let bucket = spec.bucket();
    let machines = grant(
        custom(RESOURCE_MANAGER_ROLE),
        &settings.resource_manager,
        Some(ONLY_OURS),
    );
    let act_as = grant(
        name("roles/iam.serviceAccountUser"),
        &settings.resource_manager,
        None,
    );
    let decrypt = grant(custom(INSTANCE_ROLE), &account, None);
    // What runs on a machine must not write what `delete` believes, nor reach
    // what only the machines of a volume may.
    let outside = [
        "objects/groundcrew/",
        "objects/volumes/",
        "managedFolders/volumes/",
    ]
    .map(|folder| format!("!resource.name.startsWith(\"projects/_/buckets/{bucket}/{folder}\")"));
    let (title, outside) = (
        "groundcrew: all but its record and volumes",
        outside.join(" && "),
    );
    let objects = grant(custom(INSTANCE_ROLE), &account, Some((title, &outside)));
    let jobs: ManagedFolderName = name(format!("{bucket}/jobs/"));
    let secret = |content| {
        Resource::Object(Object {
            bucket: bucket.clone(),
            name: ssh_key_object(),
            key: key.clone(),
            aad: ssh_key_aad(&bucket),
            content,
        })
    };
    let secret = match &spec.ssh_key {
        SshKey::Kept => Some(secret(None)),
        SshKey::Given(content) => Some(secret(Some(content.clone()))),
        SshKey::Forgotten => None,
    };

    let fixed = [
        role(
            RESOURCE_MANAGER_ROLE,
            "groundcrew resource manager",
            "Launches and removes groundcrew's machines.",
            permissions::machines(),
        ),
        role(
            INSTANCE_ROLE,
            "groundcrew instance",
            "What groundcrew's machines may do with its bucket and its key.",
            permissions::instances(),
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
            rotation: ROTATION,
            labels: BTreeMap::new(),
        }),
        Resource::Bucket(Bucket {
            name: bucket.clone(),
            project: project.clone(),
            location: spec.location.clone(),
            labels: BTreeMap::new(),
            soft_delete: SOFT_DELETE,
            versioning: false,
        }),
        fences(spec, settings, jobs.clone()),
        Resource::Folder(ManagedFolder { name: jobs }),
        Resource::Folder(ManagedFolder {
            name: agent_folder(spec),
        }),
        policy(PolicyTarget::Project(project.clone()), machines),
        policy(PolicyTarget::Account(account.clone()), act_as),
        policy(PolicyTarget::Key(key.clone()), decrypt),
        policy(PolicyTarget::Bucket(bucket.clone()), objects),
    ];
    let resources = APIS.into_iter().map(api).chain(fixed);
    let resources = resources.chain(network(spec, settings)).chain(secret);
    let resources = resources.chain(reporting(settings, &account));
    Manifest::new(spec.deployment.clone(), resources).expect("each resource is there once")
}

/// Machines that are not groundcrew's are not its to touch: who may set the
/// metadata of one could run code as its account. Permissions that are asked
/// on another kind of resource (a disk, the project) are not narrowed: IAM has
/// no name for those at that time. `gc-` begins every name that
/// [`names::JobId::instance`] makes.
const ONLY_OURS: (&str, &str) = (
    "groundcrew: its own machines",
    "resource.type != \"compute.googleapis.com/Instance\" || \
     resource.name.extract(\"/instances/{name}\").startsWith(\"gc-\")",
);

/// Machines that run as `account` may report.
pub(crate) fn reporting(settings: &Settings, account: &ServiceAccountEmail) -> Option<Resource> {
    let topic = settings.reports.clone()?;
    let publisher = grant(name("roles/pubsub.publisher"), account, None);
    Some(Resource::Policy(Policy {
        of: PolicyTarget::Topic(topic),
        grants: [publisher].into(),
    }))
}

/// The functions reach the claims and exit records of the jobs in `folder`.
pub(crate) fn fences(spec: &Spec, settings: &Settings, folder: ManagedFolderName) -> Resource {
    let role: RoleName = name(format!("projects/{}/roles/{INSTANCE_ROLE}", spec.project));
    let each = settings.functions.iter();
    Resource::Policy(Policy {
        of: PolicyTarget::Folder(folder),
        grants: each
            .map(|function| grant(role.clone(), function, Some(ONLY_FENCES)))
            .collect(),
    })
}

/// A function looks for an exit record by listing, which has no object's name.
/// (Unverified: that a managed folder's policy takes conditions.)
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
    let condition = condition.map(|(title, expression)| Condition {
        title: title.to_owned(),
        expression: expression.to_owned(),
    });
    Grant {
        role,
        member: name(format!("serviceAccount:{account}")),
        condition,
    }
}

/// A name that is put together of names.
pub(crate) fn name<T: FromStr<Err: Display>>(text: impl AsRef<str>) -> T {
    let text = text.as_ref();
    text.parse()
        .unwrap_or_else(|error| unreachable!("{text}: {error}"))
}
