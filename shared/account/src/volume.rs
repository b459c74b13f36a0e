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
    Action, Id, ManagedFolder, Manifest, Plan, Policy, Record, Resource, ServiceAccount, Target,
};
use std::collections::BTreeSet;
use thiserror::Error;

/// Why a volume cannot be made.
#[derive(Debug, Error)]
pub enum VolumeError {
    /// The setup that it is a part of is not there.
    #[error("the project is not set up: there is no {0}; `groundcrew account apply` makes it")]
    NotSetUp(Id),
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
        policy(Target::Folder(all), instance, &account),
        folder(data.clone()),
        policy(
            Target::Folder(data),
            name("roles/storage.objectUser"),
            &account,
        ),
        // Machines fetch their agent themselves.
        policy(
            Target::Folder(agent_folder(spec)),
            name("roles/storage.objectViewer"),
            &account,
        ),
        policy(
            Target::Account(account.clone()),
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
pub fn volumes(record: &Record) -> BTreeSet<VolumeName> {
    among(record.entries.keys())
}

/// The volumes that are there once `plan` is carried out.
pub(crate) fn planned(plan: &Plan) -> BTreeSet<VolumeName> {
    let wanted = plan.steps.iter().filter(|step| step.is_wanted());
    among(wanted.map(|step| &step.id))
}

fn among<'a>(ids: impl Iterator<Item = &'a Id>) -> BTreeSet<VolumeName> {
    ids.filter_map(|id| match id {
        Id::Folder(folder) => VolumeName::from_folder(folder)
            .filter(|volume| volume.folder(folder.bucket()) == *folder),
        Id::Api(_)
        | Id::Role(_)
        | Id::Account(_)
        | Id::Ring(_)
        | Id::Key(_)
        | Id::Bucket(_)
        | Id::Object(..)
        | Id::Network(_)
        | Id::Subnetwork(_)
        | Id::Policy(_) => None,
    })
    .collect()
}

/// Leaves of `plan` what concerns `ids`; answers what those need and a setup
/// has yet to make.
pub(crate) fn narrow(plan: &mut Plan, ids: &BTreeSet<Id>) -> BTreeSet<Id> {
    let unmade = |id: &&Id| {
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
        .flat_map(|step| &step.needs)
        .filter(|id| !ids.contains(id))
        .filter(unmade)
        .cloned()
        .collect();
    plan.steps.retain(|step| ids.contains(&step.id));
    plan.forgotten.retain(|id| ids.contains(id));
    missing
}
