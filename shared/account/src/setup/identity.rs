//! Which deployment the project has, and whether the spec describes it: asked
//! before anything is applied, revoked or removed.

use super::Setup;
use crate::{
    Spec,
    manifest::{BUCKET_LABEL, manage_machines},
    network::all_regions,
    volume,
};
use names::{
    BucketName, Internet, ManagedFolderName, NetworkName, ServiceAccountEmail, VolumeName,
};
use plan::{
    DeploymentRecord, Error, Fault, FieldValue, Lifecycle, Observed, ObservedGrant, ObservedState,
    Origin, Ownership, PolicyTarget, Resource, ResourceId, is_absent, recover,
};
use std::collections::BTreeSet;

impl Setup {
    /// The deployment record. If there is none, what follows from the marks of the
    /// project's resources, its volumes included. Only reads.
    ///
    /// # Errors
    /// Everything that could not be read; or the spec does not describe the
    /// deployment that the project has.
    pub async fn recorded(&self) -> Result<DeploymentRecord, Vec<Error>> {
        Ok(self.recorded_where().await?.0)
    }

    /// The same, and whether the record is stored.
    pub(super) async fn recorded_where(&self) -> Result<(DeploymentRecord, bool), Vec<Error>> {
        let stored = self.record().await.map_err(|error| vec![error])?;
        let is_stored = stored.is_some();
        let (record, observed) = match stored {
            Some(record) => {
                let mut ids: BTreeSet<ResourceId> = [ResourceId::Key(self.spec.key())].into();
                let invited = ResourceId::Policy(PolicyTarget::Project(self.spec.project.clone()));
                let grants = record.entries.get(&invited).map(|entry| &entry.grants);
                let mut grants = grants.into_iter().flatten().map(ObservedGrant::from);
                // The record keeps what was revoked: the policy decides.
                if grants.any(|grant| self.is_of_another_home(&grant)) {
                    ids.insert(invited);
                }
                (record, self.engine.observe(ids).await?)
            }
            None => self.marked().await?,
        };
        let mismatch = self
            .other_home(&observed)
            .or_else(|| mismatch(&self.spec, is_stored, &record, &observed));
        match mismatch {
            None => Ok((record, is_stored)),
            Some((id, reason)) => Err(vec![Error {
                operation: "comparing the spec with",
                id: Some(id),
                fault: Fault::Refused(reason),
            }]),
        }
    }

    /// Whether it is the grant that a setup makes in the project, but to the resource
    /// manager of another groundcrew.
    fn is_of_another_home(&self, grant: &ObservedGrant) -> bool {
        let ours = ObservedGrant::from(&manage_machines(&self.spec.project, &self.settings));
        let is_same = grant.role == ours.role && grant.condition == ours.condition;
        is_same && grant.member != ours.member && grant.member.starts_with("serviceAccount:")
    }

    /// The policy that lets another groundcrew into the project, and the reason why
    /// this one leaves it alone: the deployments of both have the same names there.
    fn other_home(&self, observed: &Observed) -> Option<(ResourceId, String)> {
        let project = &self.spec.project;
        let id = ResourceId::Policy(PolicyTarget::Project(project.clone()));
        let state = observed.get(&id)?.as_ref()?;
        let grants = state.fields.values().filter_map(|field| match field {
            FieldValue::Grants(grants) => Some(grants),
            FieldValue::Text(_) | FieldValue::Set(_) | FieldValue::Map(_) => None,
        });
        let other = grants
            .flatten()
            .find(|grant| self.is_of_another_home(grant))?;
        let reason = format!(
            "{project} is set up for {}, not for {}: another groundcrew launches its machines \
             there; revoke its access first, with its own `groundcrew account revoke`",
            other.member, self.resource_manager
        );
        Some((id, reason))
    }

    /// The record that follows from the marks of what exists, and what was
    /// observed. The spec may have had other regions, no subnetwork, or a NAT
    /// before.
    pub(super) async fn marked(&self) -> Result<(DeploymentRecord, Observed), Vec<Error>> {
        let mut spec = self.spec.clone();
        spec.subnetwork = None;
        spec.internet = Internet::Nat;
        let network = NetworkName::new(spec.project.clone(), crate::NETWORK);
        let network = ResourceId::Network(network.expect("a network's name"));
        if self.engine.observe([network.clone()].into()).await?[&network].is_some() {
            spec.regions = all_regions(&spec, &self.settings);
        }
        let volumes = self.listed_volumes().await?;
        let manifest = volume::manifest_with(&spec, &self.settings, &volumes);
        let ids = manifest.resources().map(Resource::id);
        let observed = self.engine.observe(ids.collect()).await?;
        Ok((recover(&manifest, &observed), observed))
    }

    /// The volumes that accounts or managed folders of the project are named
    /// after.
    async fn listed_volumes(&self) -> Result<BTreeSet<VolumeName>, Vec<Error>> {
        let (project, bucket) = (&self.spec.project, self.spec.bucket());
        let failed = |id, error: gcp::Error| {
            vec![Error {
                operation: "listing the accounts or folders of",
                id: Some(id),
                fault: error.into(),
            }]
        };
        let accounts = match self.client.list::<ServiceAccountEmail>(project).await {
            Err(error) if is_absent(&error) => Vec::new(),
            listed => listed.map_err(|error| {
                failed(
                    ResourceId::Policy(PolicyTarget::Project(project.clone())),
                    error,
                )
            })?,
        };
        let folders = match self.client.list::<ManagedFolderName>(&bucket).await {
            Err(error) if is_absent(&error) => Vec::new(),
            listed => listed.map_err(|error| failed(ResourceId::Bucket(bucket.clone()), error))?,
        };
        let accounts = accounts.iter().map(|account| &account.email);
        let of_accounts = accounts.filter_map(|email| VolumeName::from_account(email, project));
        let folders = folders
            .iter()
            .map(|folder| format!("{bucket}/{}", folder.name));
        let of_folders = folders.filter_map(|name| VolumeName::from_folder(&name.parse().ok()?));
        Ok(of_accounts.chain(of_folders).collect())
    }
}

/// Why `spec` does not describe the deployment that the project has: the resource
/// that shows it, and the field. `record` is stored, or was recovered.
fn mismatch(
    spec: &Spec,
    is_stored: bool,
    record: &DeploymentRecord,
    observed: &Observed,
) -> Option<(ResourceId, String)> {
    let is_live = |origin| match origin {
        Origin::Creating | Origin::Created => true,
        Origin::Adopted | Origin::Retained { .. } => false,
    };
    let (deployment, bucket) = (spec.deployment_id(), spec.bucket());
    let key = ResourceId::Key(spec.key());
    let mut entries = record.entries.iter();
    let other_key = entries.find(|(id, entry)| {
        matches!(id, ResourceId::Key(_)) && **id != key && is_live(entry.origin)
    });
    if let Some((other, _)) = other_key {
        let location = spec.kms_location();
        let reason = format!(
            "`kms_location:` (by default `location:`) is {location}, but {other} is recorded \
             for the deployment {deployment}"
        );
        return Some((other.clone(), reason));
    }
    let named = observed.get(&key).and_then(Option::as_ref);
    let named = named.and_then(|key| recorded_bucket(key, deployment.as_str()));
    match named {
        Some(named) if named == bucket => return None,
        Some(named) => {
            let reason = format!(
                "`bucket:` is {bucket}, but {named} is recorded for the deployment {deployment} \
                 (label {BUCKET_LABEL} of its key)"
            );
            return Some((key, reason));
        }
        None => {}
    }
    let mut entries = record.entries.iter();
    let live = entries.find(|(_, entry)| is_live(entry.origin))?.0.clone();
    let shown = [
        ResourceId::Bucket(bucket.clone()),
        ResourceId::Policy(PolicyTarget::Bucket(bucket.clone())),
    ];
    let is_shown = shown.iter().any(|id| record.entries.contains_key(id));
    (!is_stored && !is_shown).then(|| {
        let reason = format!(
            "it is marked with the deployment {deployment}, but `bucket:` is {bucket}, which has \
             neither the record nor the mark of that deployment"
        );
        (live, reason)
    })
}

/// The bucket that the key of the deployment names, unless it is being destroyed.
fn recorded_bucket(key: &ObservedState, deployment: &str) -> Option<BucketName> {
    let is_ours = key.ownership == Ownership::MarkedBy(deployment.to_owned());
    let labels = key.fields.get("labels");
    let Some(FieldValue::Map(labels)) = labels.filter(|_| is_ours) else {
        return None;
    };
    let is_active = key.lifecycle == Lifecycle::Active;
    labels.get(BUCKET_LABEL).filter(|_| is_active)?.parse().ok()
}
