//! Creates and deletes data volumes.

use super::Setup;
use crate::volume::{self, VolumeError};
use names::VolumeName;
use plan::{ApplyReport, Error, EventSink, Plan, Resource, ResourceId};
use std::collections::BTreeSet;

impl Setup {
    /// The project's volumes, by its record.
    ///
    /// # Errors
    /// See [`Setup::recorded`].
    pub async fn volumes(&self) -> Result<BTreeSet<VolumeName>, Vec<Error>> {
        Ok(volume::recorded(&self.recorded().await?))
    }

    /// Plans the creation of `volume` only. Only reads.
    ///
    /// # Errors
    /// Everything that could not be read; or the project is not set up.
    pub async fn plan_volume_creation(&self, volume: &VolumeName) -> Result<Plan, VolumeError> {
        let planned = self.plan_volume(volume, true).await;
        let (plan, missing) = planned.map_err(VolumeError::Unreadable)?;
        match missing.into_iter().next() {
            None => Ok(plan),
            Some(id) => Err(VolumeError::NotSetUp(id)),
        }
    }

    /// Plans the deletion of `volume` with all its data only; without steps if
    /// there is no such volume. Only reads.
    ///
    /// # Errors
    /// Everything that could not be read.
    pub async fn plan_volume_deletion(&self, volume: &VolumeName) -> Result<Plan, Vec<Error>> {
        let (mut plan, _) = self.plan_volume(volume, false).await?;
        // What was adopted is removed from the record, and otherwise not changed.
        plan.steps
            .retain(|step| !step.is_noop() || !step.is_desired());
        Ok(plan)
    }

    /// Executes a plan of [`Setup::plan_volume_creation`] or
    /// [`Setup::plan_volume_deletion`]. Can be interrupted and repeated.
    ///
    /// # Errors
    /// Machines run with the volume that would be deleted, or the deployment
    /// record could not be read; nothing was done.
    pub async fn apply_volume(
        &self,
        volume: &VolumeName,
        plan: &Plan,
        events: EventSink<'_>,
    ) -> Result<ApplyReport, Error> {
        let mut volumes = volume::recorded(&plan.record);
        if volume::desired_in(plan).contains(volume) {
            volumes.insert(volume.clone());
        } else {
            volumes.remove(volume);
            self.check_unused(Some(volume)).await?;
        }
        let manifest = self.manifest(&volumes);
        let mut report = self.engine.apply(&manifest, plan, events).await?;
        if let Some(remaining) = &mut report.remaining {
            // Drift in the rest of the setup is not reported here.
            volume::restrict(remaining, &self.resources_of(volume));
        }
        Ok(report)
    }

    /// Plans the creation or deletion of `volume`. Also answers with the
    /// resources of the setup that it depends on and that do not exist.
    async fn plan_volume(
        &self,
        volume: &VolumeName,
        is_desired: bool,
    ) -> Result<(Plan, BTreeSet<ResourceId>), Vec<Error>> {
        let record = self.recorded().await?;
        let mut volumes = volume::recorded(&record);
        match is_desired {
            true => volumes.insert(volume.clone()),
            false => volumes.remove(volume),
        };
        let manifest = self.manifest(&volumes);
        let mut plan = self.engine.plan_with(&manifest, &record).await?;
        let missing = volume::restrict(&mut plan, &self.resources_of(volume));
        Ok((plan, missing))
    }

    fn resources_of(&self, volume: &VolumeName) -> BTreeSet<ResourceId> {
        let resources = volume::resources(&self.spec, &self.settings, volume);
        resources.iter().map(Resource::id).collect()
    }
}
