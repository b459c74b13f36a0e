//! Data volumes: what one is made of, and which ones there are. Pure.
//!
//! A condition on object names does not cover listing, so that a job's machine
//! is kept to its data by a managed folder with a policy of its own, and by an
//! account that has nothing anywhere else. Jobs under one account cannot be
//! kept apart: each volume has its own.

use crate::{
    INSTANCE_ROLE, Settings, Spec, manifest,
    manifest::{agent_folder, fences, grant, name, reporting},
};
use names::{ManagedFolderName, VolumeName};
use plan::{
    Action, DeploymentRecord, ManagedFolder, Manifest, Plan, Policy, PolicyTarget, Resource,
    ResourceId, ServiceAccount,
};
use std::collections::BTreeSet;
use thiserror::Error;

/// Why a volume cannot be made.
#[derive(Debug, Error)]
pub enum VolumeError {
    /// The setup that it is a part of is not there.
    #[error("the project is not set up: there is no {0}; `groundcrew account apply` makes it")]
    NotSetUp(ResourceId),
    /// What there is could not be read: all of it that could not.
    #[error("what the project has could not be read")]
    Unread(Vec<plan::Error>),
}

/// What `volume` is made of.
#[must_use]
pub fn resources(spec: &Spec, settings: &Settings, volume: &VolumeName) -> Vec<Resource> {
    let (project, bucket) = (&spec.project, spec.bucket());
    let account = volume.account(project);
    let folder = |name: ManagedFolderName| Resource::Folder(ManagedFolder { name });
    let policy = |of, role, member| {
        Resource::Policy(Policy {
            of,
            grants: [grant(role, member, None)].into(),
        })
    };
    let (all, data) = (volume.folder(&bucket), volume.data(&bucket));
    // Claims and exit records are fences: the role deletes nothing.
    let instance = name(format!("projects/{project}/roles/{INSTANCE_ROLE}"));
    let mut resources = vec![
        Resource::Account(ServiceAccount {
            project: project.clone(),
            email: account.clone(),
            title: format!("groundcrew volume {volume}"),
            description: format!("What machines of jobs with the volume {volume} run as."),
        }),
        folder(all.clone()),
        fences(spec, settings, all.clone()),
        policy(PolicyTarget::Folder(all), instance, &account),
        folder(data.clone()),
        policy(
            PolicyTarget::Folder(data),
            name("roles/storage.objectUser"),
            &account,
        ),
        // Machines fetch their agent themselves.
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
    resources.extend(reporting(settings, &account));
    resources
}

/// What the project of `spec` must hold, `volumes` among it.
#[must_use]
pub fn manifest_with(spec: &Spec, settings: &Settings, volumes: &BTreeSet<VolumeName>) -> Manifest {
    let setup = manifest(spec, settings);
    let volumes = volumes.iter();
    let more = volumes.flat_map(|volume| resources(spec, settings, volume));
    let all: Vec<Resource> = setup.resources().cloned().chain(more).collect();
    Manifest::new(setup.deployment().clone(), all).expect("each resource is there once")
}

/// The volumes that a deployment record knows of: their folders tell.
#[must_use]
pub fn volumes(record: &DeploymentRecord) -> BTreeSet<VolumeName> {
    among(record.entries.keys())
}

/// The volumes that are there once `plan` is carried out.
pub(crate) fn planned(plan: &Plan) -> BTreeSet<VolumeName> {
    let wanted = plan.steps.iter().filter(|step| step.is_desired());
    among(wanted.map(|step| &step.id))
}

fn among<'a>(ids: impl Iterator<Item = &'a ResourceId>) -> BTreeSet<VolumeName> {
    ids.filter_map(|id| match id {
        ResourceId::Folder(folder) => VolumeName::from_folder(folder)
            .filter(|volume| volume.folder(folder.bucket()) == *folder),
        ResourceId::Api(_)
        | ResourceId::Role(_)
        | ResourceId::Account(_)
        | ResourceId::Ring(_)
        | ResourceId::Key(_)
        | ResourceId::Bucket(_)
        | ResourceId::Object(..)
        | ResourceId::Network(_)
        | ResourceId::Subnetwork(_)
        | ResourceId::Policy(_) => None,
    })
    .collect()
}

/// Leaves of `plan` what concerns `ids`; answers what those need and a setup
/// has yet to make.
pub(crate) fn narrow(plan: &mut Plan, ids: &BTreeSet<ResourceId>) -> BTreeSet<ResourceId> {
    let unmade = |id: &&ResourceId| {
        plan.step(id).is_some_and(|step| match step.action {
            Action::Create | Action::Restore { .. } | Action::Refuse { .. } => true,
            Action::Change { .. }
            | Action::Delete
            | Action::Keep
            | Action::Adopt { .. }
            | Action::Retain { .. } => false,
        })
    };
    let concerned = plan.steps.iter().filter(|step| ids.contains(&step.id));
    let missing = concerned
        .flat_map(|step| &step.depends_on)
        .filter(|id| !ids.contains(id))
        .filter(unmade)
        .cloned()
        .collect();
    plan.steps.retain(|step| ids.contains(&step.id));
    plan.forgotten.retain(|id| ids.contains(id));
    missing
}
