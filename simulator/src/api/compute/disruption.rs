//! What happens to machines from outside: preemption, broken hosts, guests
//! that leave.

use super::{
    agenda::Due,
    error::not_found,
    event::{self, happened},
    instance::{After, Ending, InstanceView, Status},
    life::{down, staged, terminate},
    scarcity,
    settings::ComputeSettings,
};
use crate::{ApiError, Cloud};
use names::Timestamp;

impl Cloud {
    fn machine(&self, project: &str, zone: &str, name: &str) -> Result<String, ApiError> {
        let path = format!("projects/{project}/zones/{zone}/instances/{name}");
        let there = self.compute.instances.contains(&path);
        there.then_some(()).ok_or_else(|| not_found(&path))?;
        Ok(path)
    }

    /// Takes a Spot machine back: `preempted` flips, then its power button is
    /// pressed (after `preemptionNoticeDuration`, if it has one), then it is
    /// stopped or deleted. One that is still being created just fails.
    ///
    /// # Errors
    /// 404 if there is no such machine, 400 if it is no Spot machine or not up.
    pub fn preempt(
        &mut self,
        project: &str,
        zone: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let path = self.machine(project, zone, name)?;
        let instance = self.compute.instances.get_mut(&path).expect("just seen");
        if !instance.is_spot() {
            return Err(ApiError::failed_precondition(format!(
                "'{path}' is not a Spot instance"
            )));
        }
        match instance.status {
            Status::Provisioning | Status::Repairing => {
                instance.refused = Some(scarcity::preempted_early());
                self.compute.agenda.cancel(&path);
                staged(self, &path, now);
            }
            Status::Staging | Status::Running => {
                instance.preempted = true;
                instance.touched = now;
                let notice = instance.preemption_notice().filter(|_| instance.powered);
                happened(self, &path, &event::PREEMPTED, now);
                match notice {
                    Some(notice) => self
                        .compute
                        .agenda
                        .add(now + notice, &path, Due::PowerButton),
                    None => terminate(self, &path, now),
                }
            }
            Status::Stopping | Status::Terminated => {
                return Err(ApiError::failed_precondition(format!("'{path}' is not up")));
            }
        }
        Ok(())
    }

    /// Breaks a machine's host: the power is gone at once, without a button.
    /// The machine restarts if `automaticRestart` says so.
    ///
    /// # Errors
    /// 404 if there is no such machine, 400 if it has no power.
    pub fn host_error(
        &mut self,
        project: &str,
        zone: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let path = self.machine(project, zone, name)?;
        let instance = self.compute.instances.get_mut(&path).expect("just seen");
        if !instance.powered {
            return Err(ApiError::failed_precondition(format!("'{path}' is not up")));
        }
        if instance.ending.is_none() {
            let after = if instance.restarts() {
                After::Restart
            } else {
                After::Stop
            };
            instance.ending = Some(Ending {
                after,
                operations: Vec::new(),
            });
        }
        instance.status = Status::Stopping;
        happened(self, &path, &event::HOST_ERROR, now);
        down(self, &path, now);
        Ok(())
    }

    /// Breaks every machine's host, as [`Cloud::host_error`] does: the process
    /// that ran the machines of a restored cloud is no more.
    pub fn power_cut(&mut self, now: Timestamp) {
        let up = self.compute.instances.iter().filter(|(_, i)| i.powered);
        let up: Vec<_> = up.map(|(_, i)| i.view()).collect();
        for view in up {
            let cut = self.host_error(&view.project, &view.zone, &view.name, now);
            cut.expect("its power is on");
        }
    }

    /// The guest of a machine is down: after its power button, or by itself.
    /// Unknown ids and machines without power are ignored.
    pub fn guest_stopped(&mut self, instance_id: &str, now: Timestamp) {
        let Some(path) = self.compute.ids.get(instance_id).cloned() else {
            return;
        };
        let Some(instance) = self.compute.instances.get_mut(&path).filter(|i| i.powered) else {
            return;
        };
        if instance.ending.is_none() {
            instance.status = Status::Stopping;
            happened(self, &path, &event::GUEST_TERMINATED, now);
        }
        down(self, &path, now);
    }

    /// Appends to what a machine wrote to its first serial port; unknown ids
    /// are ignored. The last MiB is kept, as with Google.
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
    /// The knobs of Compute Engine; a change holds for what begins after it.
    pub fn compute_settings(&mut self) -> &mut ComputeSettings {
        &mut self.compute.settings
    }

    /// What the host of machine `id` (Compute Engine's number) needs to know.
    #[must_use]
    pub fn instance_view(&self, id: &str) -> Option<InstanceView> {
        Some(self.compute.by_id(id)?.view())
    }
}
