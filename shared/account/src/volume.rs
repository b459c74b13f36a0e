//! Data volumes: their resources. Pure.
//!
//! A condition on object names does not cover listing. A volume is therefore a
//! managed folder with its own policy, and has its own account, which has access
//! to nothing else: jobs with the same account cannot be isolated from each
//! other.

use crate::{
    INSTANCE_ROLE, Settings, Spec, instances_account,
    manifest::{
        self, agent_folder, checkpoints, fence_access, grant, manifest, name, report_access,
        with_exclusive,
    },
};
use names::{ManagedFolderName, ProjectId, VolumeName};
use plan::{
    Action, DeploymentRecord, ManagedFolder, Manifest, Plan, PolicyTarget, Resource, ResourceId,
    ServiceAccount,
};
use std::collections::BTreeSet;
use thiserror::Error;

/// Why a volume cannot be created.
#[derive(Debug, Error)]
pub enum VolumeError {
    /// A resource of the project's setup does not exist.
    #[error("the project is not set up: {0} does not exist; run `groundcrew account apply`")]
    NotSetUp(ResourceId),
    /// Resources of the project could not be read, or the spec does not describe
    /// its deployment, for these reasons.
    #[error("the project's resources could not be read")]
    Unreadable(Vec<plan::Error>),
}

/// The resources of `volume`.
#[must_use]
pub fn resources(spec: &Spec, settings: &Settings, volume: &VolumeName) -> Vec<Resource> {
    let (project, bucket) = (&spec.project, spec.bucket());
    let account = volume.account(project);
    let folder = |name: ManagedFolderName| Resource::Folder(ManagedFolder { name });
    let policy = |target, role, member| manifest::policy(target, [grant(role, member, None)]);
    let (root, data) = (volume.folder(&bucket), volume.data(&bucket));
    // Claims and exit records are fences, so the role must not delete objects.
    let instance = name(format!("projects/{project}/roles/{INSTANCE_ROLE}"));
    let mut resources = vec![
        Resource::Account(ServiceAccount {
            project: project.clone(),
            email: account.clone(),
            title: format!("groundcrew volume {volume}"),
            description: format!("What machines of jobs with the volume {volume} run as."),
        }),
        folder(root.clone()),
        fence_access(spec, settings, root.clone()),
        manifest::policy(
            PolicyTarget::Folder(root),
            [
                grant(instance, &account, None),
                checkpoints(
                    &bucket,
                    &format!("volumes/{volume}/jobs/{{job}}/"),
                    &account,
                ),
            ],
        ),
        folder(data.clone()),
        policy(
            PolicyTarget::Folder(data),
            name("roles/storage.objectUser"),
            &account,
        ),
        // Machines download the agent themselves.
        policy(
            PolicyTarget::Folder(agent_folder(spec)),
            name("roles/storage.objectViewer"),
            &account,
        ),
        policy(
            PolicyTarget::Account(account.clone()),
            name("roles/iam.serviceAccountUser"),
            &settings.resource_manager,
        ),
    ];
    resources.extend(report_access(settings, &account));
    resources
}

/// The manifest of the project of `spec` with `volumes`.
///
/// # Panics
/// Never: each resource occurs once.
#[must_use]
pub fn manifest_with(spec: &Spec, settings: &Settings, volumes: &BTreeSet<VolumeName>) -> Manifest {
    let accounts = volumes.iter().map(|volume| volume.account(&spec.project));
    let accounts: Vec<_> = accounts.chain([instances_account(&spec.project)]).collect();
    let volumes = volumes.iter();
    let more = volumes.flat_map(|volume| resources(spec, settings, volume));
    let all = manifest(spec, settings).with(more);
    let all = all.expect("each resource occurs once");
    all.map(|resource| with_exclusive(resource, settings, &accounts))
}

/// The volumes in a deployment record, by their folders.
#[must_use]
pub fn recorded(record: &DeploymentRecord) -> BTreeSet<VolumeName> {
    volumes_of(record.entries.keys())
}

/// The volumes in a deployment record, by their folders and accounts.
pub(crate) fn found(record: &DeploymentRecord, project: &ProjectId) -> BTreeSet<VolumeName> {
    let of_accounts = record.entries.keys().filter_map(|id| {
        let ResourceId::Account(account) = id else {
            return None;
        };
        VolumeName::from_account(account, project)
    });
    of_accounts.chain(recorded(record)).collect()
}

/// The volumes that `plan` creates or keeps.
pub(crate) fn desired_in(plan: &Plan) -> BTreeSet<VolumeName> {
    let desired = plan.steps.iter().filter(|step| step.is_desired());
    volumes_of(desired.map(|step| &step.id))
}

fn volumes_of<'a>(ids: impl Iterator<Item = &'a ResourceId>) -> BTreeSet<VolumeName> {
    ids.filter_map(|id| {
        let ResourceId::Folder(folder) = id else {
            return None;
        };
        VolumeName::from_folder(folder).filter(|volume| volume.folder(folder.bucket()) == *folder)
    })
    .collect()
}

/// Restricts `plan` to `ids`. Answers with the other resources that those depend
/// on and that do not exist yet.
pub(crate) fn restrict(plan: &mut Plan, ids: &BTreeSet<ResourceId>) -> BTreeSet<ResourceId> {
    let is_missing = |id: &&ResourceId| {
        plan.step(id).is_some_and(|step| match step.action {
            Action::Create | Action::Restore { .. } | Action::Refuse { .. } => true,
            Action::Change { .. }
            | Action::Delete
            | Action::Keep
            | Action::Adopt { .. }
            | Action::Retain { .. } => false,
        })
    };
    let own_steps = plan.steps.iter().filter(|step| ids.contains(&step.id));
    let missing = own_steps
        .flat_map(|step| &step.depends_on)
        .filter(|id| !ids.contains(id))
        .filter(is_missing)
        .cloned()
        .collect();
    plan.steps.retain(|step| ids.contains(&step.id));
    plan.forgotten.retain(|id| ids.contains(id));
    missing
}
