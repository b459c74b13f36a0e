//! The rules by which one identity can act as another, with the source of each.
//!
//! The permissions are taken from IAM's list of methods of 2026-11 where it has
//! them; those of services whose lists were not available are unverified.

/// Impersonation with a single permission on the service account.
pub(super) struct ImpersonationRule {
    pub(super) permission: &'static str,
    /// A phrase that reads between two identities: "a@p → {how} b@p".
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

const SERVICE_ACCOUNTS: &str = "https://cloud.google.com/iam/docs/service-account-permissions";

pub(super) const IMPERSONATIONS: &[ImpersonationRule] = &[
    ImpersonationRule {
        permission: "iam.serviceAccounts.getAccessToken",
        how: "mints an access token of",
        source: SERVICE_ACCOUNTS,
    },
    // For services that accept ID tokens, such as Cloud Run.
    ImpersonationRule {
        permission: "iam.serviceAccounts.getOpenIdToken",
        how: "mints an ID token of",
        source: SERVICE_ACCOUNTS,
    },
    // A signed JWT can be exchanged for an access token.
    ImpersonationRule {
        permission: "iam.serviceAccounts.signBlob",
        how: "signs bytes as",
        source: SERVICE_ACCOUNTS,
    },
    ImpersonationRule {
        permission: "iam.serviceAccounts.signJwt",
        how: "signs a JWT as",
        source: SERVICE_ACCOUNTS,
    },
    // Works only towards accounts that this one may mint tokens for; treated as
    // full impersonation.
    ImpersonationRule {
        permission: "iam.serviceAccounts.implicitDelegation",
        how: "delegates through",
        source: SERVICE_ACCOUNTS,
    },
    ImpersonationRule {
        permission: "iam.serviceAccountKeys.create",
        how: "creates a key of",
        source: "https://cloud.google.com/iam/docs/keys-create-delete",
    },
];

/// A service that runs code as an attached account. Takes `actAs` on the account
/// and this permission in some project.
pub(super) struct WorkloadRule {
    pub(super) permission: &'static str,
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

const ATTACH: &str = "https://cloud.google.com/iam/docs/attach-service-accounts";
const RUN: &str = "https://cloud.google.com/run/docs/reference/iam/permissions";

macro_rules! workloads {
    ($($permission:literal $how:literal $source:expr;)*) => {
        &[$(WorkloadRule { permission: $permission, how: $how, source: $source }),*]
    };
}

pub(super) const WORKLOADS: &[WorkloadRule] = workloads! {
    "compute.instances.create" "launches a machine as" "IAM's list of methods: compute.instances.insert";
    "compute.instances.update" "changes a machine to run as" "IAM's list of methods: compute.instances.update";
    "compute.instanceTemplates.create" "creates an instance template that runs as"
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
    "eventarc.triggers.create" "creates a trigger that calls as" ATTACH;
    "pubsub.subscriptions.create" "creates a subscription that pushes as"
        "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions";
    "pubsub.subscriptions.update" "changes a subscription to push as"
        "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions";
    "appengine.versions.create" "deploys an App Engine version as" ATTACH;
    "batch.jobs.create" "runs a Batch job as" ATTACH;
    "container.clusters.create" "creates a cluster whose nodes run as" ATTACH;
    "container.clusters.update" "creates a node pool that runs as" ATTACH;
    "dataflow.jobs.create" "runs a Dataflow job as" ATTACH;
    "dataproc.clusters.create" "creates a Dataproc cluster that runs as" ATTACH;
    "composer.environments.create" "creates a Composer environment that runs as" ATTACH;
    "notebooks.instances.create" "creates a notebook that runs as" ATTACH;
    "aiplatform.customJobs.create" "runs a training job as" ATTACH;
    "config.deployments.create" "applies Terraform as" ATTACH;
    "tpu.nodes.create" "creates a TPU node that runs as" ATTACH;
};

/// Running code on an existing machine, as the account attached to it.
pub(super) struct CodeExecutionRule {
    /// Checked on the machine, or on its project if it is `compute.projects.…`.
    pub(super) permission: &'static str,
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

/// Compute Engine may check `actAs` as well, but that is not relied upon: IAM's
/// list of methods does not have it for `setMetadata`.
pub(super) const CODE_EXECUTIONS: &[CodeExecutionRule] = &[
    CodeExecutionRule {
        permission: "compute.instances.setMetadata",
        how: "runs code on a machine as",
        source: "https://cloud.google.com/compute/docs/instances/startup-scripts",
    },
    CodeExecutionRule {
        permission: "compute.instances.osAdminLogin",
        how: "logs in to a machine that runs as",
        source: "https://cloud.google.com/compute/docs/oslogin/set-up-oslogin",
    },
    CodeExecutionRule {
        permission: "compute.instances.osLogin",
        how: "logs in to a machine that runs as",
        source: "https://cloud.google.com/compute/docs/oslogin/set-up-oslogin",
    },
    CodeExecutionRule {
        permission: "compute.projects.setCommonInstanceMetadata",
        how: "runs code on all machines of the project, one of them as",
        source: "https://cloud.google.com/compute/docs/metadata/setting-custom-metadata",
    },
];

/// Attaching another account to an existing machine. Takes code execution on the
/// machine and `actAs` on the account as well.
pub(super) const SET_ACCOUNT: CodeExecutionRule = CodeExecutionRule {
    permission: "compute.instances.setServiceAccount",
    how: "changes a machine that it controls to run as",
    source: "https://cloud.google.com/compute/docs/instances/change-service-account",
};

pub(super) const ACT_AS: &str = "iam.serviceAccounts.actAs";

/// A service that acts in the project as its service agent for whoever calls it,
/// without checking `actAs`. The agents are the members with this host in the
/// project's policy.
pub(super) struct ServiceAgentRule {
    pub(super) permission: &'static str,
    pub(super) host: &'static str,
    pub(super) how: &'static str,
    pub(super) source: &'static str,
}

pub(super) const SERVICE_AGENTS: &[ServiceAgentRule] = &[
    // Google announced the end of the service for 2026-03-31; roles still have
    // the permission.
    ServiceAgentRule {
        permission: "deploymentmanager.deployments.create",
        host: "cloudservices.gserviceaccount.com",
        how: "deploys by Deployment Manager as",
        source: "https://cloud.google.com/deployment-manager/docs/access-control",
    },
    ServiceAgentRule {
        permission: "deploymentmanager.deployments.update",
        host: "cloudservices.gserviceaccount.com",
        how: "deploys by Deployment Manager as",
        source: "https://cloud.google.com/deployment-manager/docs/access-control",
    },
    ServiceAgentRule {
        permission: "cloudbuild.builds.create",
        host: "cloudbuild.gserviceaccount.com",
        how: "runs a build as",
        source: "https://cloud.google.com/build/docs/cloud-build-service-account",
    },
];

pub(super) const SET_POLICY: &str =
    "https://cloud.google.com/iam/docs/granting-changing-revoking-access";
pub(super) const UPDATE_ROLE: &str = "https://cloud.google.com/iam/docs/creating-custom-roles";
