//! How one identity becomes another: a table, with the source of each row.
//!
//! The permissions are those of Google's list of methods, of 2026-11, where
//! that has them; the others are of services whose lists are not at hand, and
//! are unverified.

/// A way that takes a permission on the account alone.
pub(super) struct Impersonation {
    pub(super) permission: &'static str,
    /// "… resource-manager@p → {how} other@p".
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

const SERVICE_ACCOUNTS: &str = "https://cloud.google.com/iam/docs/service-account-permissions";

pub(super) const IMPERSONATIONS: &[Impersonation] = &[
    Impersonation {
        permission: "iam.serviceAccounts.getAccessToken",
        how: "mints an access token of",
        source: SERVICE_ACCOUNTS,
    },
    // Good for services that take ID tokens, such as Cloud Run.
    Impersonation {
        permission: "iam.serviceAccounts.getOpenIdToken",
        how: "mints an ID token of",
        source: SERVICE_ACCOUNTS,
    },
    // What is signed can be a request for an access token.
    Impersonation {
        permission: "iam.serviceAccounts.signBlob",
        how: "signs bytes as",
        source: SERVICE_ACCOUNTS,
    },
    Impersonation {
        permission: "iam.serviceAccounts.signJwt",
        how: "signs a JWT as",
        source: SERVICE_ACCOUNTS,
    },
    // Only towards accounts that this one may mint tokens of: taken for all
    // that it may.
    Impersonation {
        permission: "iam.serviceAccounts.implicitDelegation",
        how: "delegates through",
        source: SERVICE_ACCOUNTS,
    },
    Impersonation {
        permission: "iam.serviceAccountKeys.create",
        how: "makes a key of",
        source: "https://cloud.google.com/iam/docs/keys-create-delete",
    },
];

/// A service that runs code as an account: `actAs` on the account, and this
/// permission in some project.
pub(super) struct Workload {
    pub(super) permission: &'static str,
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

const ATTACH: &str = "https://cloud.google.com/iam/docs/attach-service-accounts";
const RUN: &str = "https://cloud.google.com/run/docs/reference/iam/permissions";

macro_rules! workloads {
    ($($permission:literal $how:literal $source:expr;)*) => {
        &[$(Workload { permission: $permission, how: $how, source: $source }),*]
    };
}

pub(super) const WORKLOADS: &[Workload] = workloads! {
    "compute.instances.create" "launches a machine as" "IAM's list of methods: compute.instances.insert";
    "compute.instances.update" "changes a machine to run as" "IAM's list of methods: compute.instances.update";
    "compute.instanceTemplates.create" "makes an instance template that runs as"
        "IAM's list of methods: compute.instanceTemplates.insert";
    "run.services.create" "deploys a Cloud Run service as" RUN;
    "run.services.update" "deploys a Cloud Run service as" RUN;
    "run.jobs.create" "deploys a Cloud Run job as" RUN;
    "run.jobs.update" "deploys a Cloud Run job as" RUN;
    "run.workerpools.create" "deploys a Cloud Run worker pool as" RUN;
    "run.workerpools.update" "deploys a Cloud Run worker pool as" RUN;
    "cloudfunctions.functions.create" "deploys a function as" ATTACH;
    "cloudfunctions.functions.update" "deploys a function as" ATTACH;
    "cloudbuild.builds.create" "runs a build as" ATTACH;
    "cloudbuild.builds.update" "changes a build trigger to run as" ATTACH;
    "cloudscheduler.jobs.create" "schedules calls as" ATTACH;
    "cloudscheduler.jobs.update" "schedules calls as" ATTACH;
    "cloudtasks.tasks.create" "queues calls as" "https://cloud.google.com/tasks/docs/creating-http-target-tasks";
    "workflows.workflows.create" "deploys a workflow as" ATTACH;
    "workflows.workflows.update" "deploys a workflow as" ATTACH;
    "eventarc.triggers.create" "makes a trigger that calls as" ATTACH;
    "pubsub.subscriptions.create" "makes a subscription that pushes as"
        "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions";
    "pubsub.subscriptions.update" "changes a subscription to push as"
        "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions";
    "appengine.versions.create" "deploys an App Engine version as" ATTACH;
    "batch.jobs.create" "runs a Batch job as" ATTACH;
    "container.clusters.create" "makes a cluster whose nodes run as" ATTACH;
    "container.clusters.update" "makes a node pool that runs as" ATTACH;
    "dataflow.jobs.create" "runs a Dataflow job as" ATTACH;
    "dataproc.clusters.create" "makes a Dataproc cluster that runs as" ATTACH;
    "composer.environments.create" "makes a Composer environment that runs as" ATTACH;
    "notebooks.instances.create" "makes a notebook that runs as" ATTACH;
    "aiplatform.customJobs.create" "runs a training job as" ATTACH;
    "config.deployments.create" "applies Terraform as" ATTACH;
    "tpu.nodes.create" "makes a TPU node that runs as" ATTACH;
};

/// A way to have code run on a machine that is there, as whatever it runs as.
pub(super) struct CodeExecution {
    /// Asked on the machine, or on its project.
    pub(super) permission: &'static str,
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

/// That Compute Engine asks for `actAs` too is not relied upon: its list of
/// methods does not have it for `setMetadata`.
pub(super) const CODE_EXECUTIONS: &[CodeExecution] = &[
    CodeExecution {
        permission: "compute.instances.setMetadata",
        how: "has a machine run its code, as",
        source: "https://cloud.google.com/compute/docs/instances/startup-scripts",
    },
    CodeExecution {
        permission: "compute.instances.osAdminLogin",
        how: "logs in to a machine that runs as",
        source: "https://cloud.google.com/compute/docs/oslogin/set-up-oslogin",
    },
    CodeExecution {
        permission: "compute.instances.osLogin",
        how: "logs in to a machine that runs as",
        source: "https://cloud.google.com/compute/docs/oslogin/set-up-oslogin",
    },
    CodeExecution {
        permission: "compute.projects.setCommonInstanceMetadata",
        how: "has every machine of the project run its code, one of them as",
        source: "https://cloud.google.com/compute/docs/metadata/setting-custom-metadata",
    },
];

/// What puts a machine that is there under another account; with a foothold on
/// it, and `actAs` on the account.
pub(super) const SET_ACCOUNT: CodeExecution = CodeExecution {
    permission: "compute.instances.setServiceAccount",
    how: "puts a machine of its own code under",
    source: "https://cloud.google.com/compute/docs/instances/change-service-account",
};

pub(super) const ACT_AS: &str = "iam.serviceAccounts.actAs";

/// A service whose own account in the project does what it is told, without
/// `actAs`: the members with this host in the project's policy.
pub(super) struct Agent {
    pub(super) permission: &'static str,
    pub(super) host: &'static str,
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

pub(super) const AGENTS: &[Agent] = &[
    // Ended on 2026-03-31, says Google; the permission is still in roles.
    Agent {
        permission: "deploymentmanager.deployments.create",
        host: "cloudservices.gserviceaccount.com",
        how: "deploys by Deployment Manager as",
        source: "https://cloud.google.com/deployment-manager/docs/access-control",
    },
    Agent {
        permission: "deploymentmanager.deployments.update",
        host: "cloudservices.gserviceaccount.com",
        how: "deploys by Deployment Manager as",
        source: "https://cloud.google.com/deployment-manager/docs/access-control",
    },
    Agent {
        permission: "cloudbuild.builds.create",
        host: "cloudbuild.gserviceaccount.com",
        how: "runs a build as",
        source: "https://cloud.google.com/build/docs/cloud-build-service-account",
    },
];

pub(super) const SET_POLICY: &str =
    "https://cloud.google.com/iam/docs/granting-changing-revoking-access";
pub(super) const UPDATE_ROLE: &str = "https://cloud.google.com/iam/docs/creating-custom-roles";
