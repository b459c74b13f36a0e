//! What a test or a local cloud can see of machines and do to them, beyond the
//! API: preemption, host errors, guest shutdown, serial output.

use super::{
    capacity,
    event::{self, record_event},
    instance::{AfterShutdown, InstanceView, Shutdown, Status},
    lifecycle::{finish_provisioning, finish_shutdown, terminate},
    settings::ComputeSettings,
};
use crate::agenda::Event;
use crate::collection::dialect::compute::not_found;
use crate::{ApiError, Cloud};
use names::Timestamp;

impl Cloud {
    fn instance_path(&self, project: &str, zone: &str, name: &str) -> Result<String, ApiError> {
        let path = format!("projects/{project}/zones/{zone}/instances/{name}");
        let existing = self.compute.instances.contains(&path);
        existing.then_some(()).ok_or_else(|| not_found(&path))?;
        Ok(path)
    }

    /// Preempts a Spot machine: its `preempted` flag is set, then its power
    /// button is pressed (after `preemptionNoticeDuration`, if set), then it is
    /// stopped or deleted. The insert of a machine that is still being created
    /// fails.
    ///
    /// # Errors
    /// 404 if the machine does not exist, 400 if it is not a Spot machine or
    /// not running.
    pub fn preempt(
        &mut self,
        project: &str,
        zone: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let path = self.instance_path(project, zone, name)?;
        let instance = self.compute.instances.get_mut(&path).expect("just seen");
        if !instance.is_spot() {
            return Err(ApiError::failed_precondition(format!(
                "'{path}' is not a Spot instance"
            )));
        }
        match instance.status {
            Status::Provisioning | Status::Repairing => {
                instance.start_error = Some(capacity::preempted_during_start());
                self.agenda.cancel(&path);
                finish_provisioning(self, &path, now);
            }
            Status::Staging | Status::Running => {
                instance.preempted = true;
                instance.changed = now;
                let notice = instance.preemption_notice().filter(|_| instance.powered);
                record_event(self, &path, &event::PREEMPTED, now);
                match notice {
                    Some(notice) => self.agenda.add(now + notice, &path, Event::PowerButton),
                    None => terminate(self, &path, now),
                }
            }
            Status::Stopping | Status::Suspending | Status::Suspended | Status::Terminated => {
                return Err(ApiError::failed_precondition(format!("'{path}' is not up")));
            }
        }
        Ok(())
    }

    /// Simulates a host error: the machine loses power at once. It restarts if
    /// `automaticRestart` is set.
    ///
    /// # Errors
    /// 404 if the machine does not exist, 400 if it is powered off.
    pub fn host_error(
        &mut self,
        project: &str,
        zone: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let path = self.instance_path(project, zone, name)?;
        let instance = self.compute.instances.get_mut(&path).expect("just seen");
        if !instance.powered {
            return Err(ApiError::failed_precondition(format!("'{path}' is not up")));
        }
        if instance.shutdown.is_none() {
            let after = if instance.restarts() {
                AfterShutdown::Restart
            } else {
                AfterShutdown::Stop
            };
            instance.shutdown = Some(Shutdown {
                after,
                operations: Vec::new(),
            });
        }
        instance.status = Status::Stopping;
        record_event(self, &path, &event::HOST_ERROR, now);
        finish_shutdown(self, &path, now);
        Ok(())
    }

    /// Simulates a host error for every machine that is powered on, as after a
    /// restart of the process that ran them.
    pub fn power_cut(&mut self, now: Timestamp) {
        let up = self.compute.instances.iter().filter(|(_, i)| i.powered);
        let up: Vec<_> = up.map(|(_, i)| i.view()).collect();
        for view in up {
            let cut = self.host_error(&view.project, &view.zone, &view.name, now);
            cut.expect("its power is on");
        }
    }

    /// Reports that the guest of a machine has shut down, after its power
    /// button was pressed or by itself. Unknown IDs and machines without power
    /// are ignored.
    pub fn guest_stopped(&mut self, instance_id: &str, now: Timestamp) {
        let Some(path) = self.compute.ids.get(instance_id).cloned() else {
            return;
        };
        let Some(instance) = self.compute.instances.get_mut(&path).filter(|i| i.powered) else {
            return;
        };
        if instance.shutdown.is_none() {
            instance.status = Status::Stopping;
            record_event(self, &path, &event::GUEST_TERMINATED, now);
        }
        finish_shutdown(self, &path, now);
    }

    /// Appends to the output of a machine's first serial port; unknown IDs are
    /// ignored. The last MiB is kept, as Google does.
    pub fn serial_output(&mut self, instance_id: &str, text: &str) {
        let Some(path) = self.compute.ids.get(instance_id).cloned() else {
            return;
        };
        let Some(instance) = self.compute.instances.get_mut(&path) else {
            return;
        };
        instance.serial.push_str(text);
        let excess = instance.serial.len().saturating_sub(1 << 20);
        let cut = instance.serial.ceil_char_boundary(excess);
        instance.serial.drain(..cut);
    }
}

impl Cloud {
    /// The settings of Compute Engine. A change applies to what begins after
    /// it.
    pub fn compute_settings(&mut self) -> &mut ComputeSettings {
        &mut self.compute.settings
    }

    /// The state of the machine with this numeric ID that its host needs.
    #[must_use]
    pub fn instance_view(&self, id: &str) -> Option<InstanceView> {
        Some(self.compute.by_id(id)?.view())
    }
}
