//! Machines of the world that are powered.

use super::World;
use crate::machine;
use agent::decide::Input as Happening;
use names::{Duration, JobId};
use serde_json::Value;
use std::rc::Rc;
use tokio::{sync::mpsc, task::AbortHandle, time::sleep};

pub(super) struct Powered {
    pub(super) name: String,
    pub(super) power: AbortHandle,
    pub(super) happens: mpsc::UnboundedSender<Happening>,
}

impl World {
    pub(super) fn power_on(self: Rc<Self>, instance: &str) {
        let Some(view) = self.host.with(|cloud, _| cloud.instance_view(instance)) else {
            return;
        };
        self.must_be_alone(&view.name);
        let (happens, happenings) = mpsc::unbounded_channel();
        let dead = self.chaos.strikes(self.chaos.mix.dead_boot);
        let boot = if self.chaos.strikes(self.chaos.mix.slow_boot) {
            self.chaos.dice.between(560, 720)
        } else {
            self.chaos.dice.between(5, 50)
        };
        let (world, name) = (self.clone(), view.name.clone());
        let task = tokio::task::spawn_local(async move {
            sleep(Duration::from_secs(boot)).await;
            if !dead {
                machine::run(world, view, happenings).await;
            }
            // The agent is done; the machine stays up until it is deleted.
        });
        let power = task.abort_handle();
        self.machines.borrow_mut().insert(
            instance.to_owned(),
            Powered {
                name,
                power,
                happens,
            },
        );
    }

    /// No older machine of the same job may have power. (A newer one may: a
    /// request that its caller gave up can be applied long after.)
    fn must_be_alone(&self, name: &str) {
        let Some((job, attempt)) = JobId::of_instance(name) else {
            return;
        };
        for other in self.machines.borrow().values() {
            let older = JobId::of_instance(&other.name);
            if older.is_some_and(|(its_job, older)| its_job == job && older < attempt) {
                let (now, older) = (self.now(), &other.name);
                self.oracle
                    .borrow_mut()
                    .violated(format!("{now}: {name} has power while {older} has"));
            }
        }
    }

    pub(super) fn preempt(&self) {
        let instances: Vec<String> = self.machines.borrow().keys().cloned().collect();
        for instance in instances {
            if self.chaos.strikes(self.chaos.mix.preempted) && !self.preempt_machine(&instance) {
                self.break_host(&instance);
            }
        }
    }

    /// Takes a Spot machine (by id) back; answers whether it was one and up.
    pub fn preempt_machine(&self, instance: &str) -> bool {
        let gone = self.host.with(|cloud, now| {
            let view = cloud.instance_view(instance)?;
            cloud
                .preempt(&view.project, &view.zone, &view.name, now)
                .ok()
        });
        if gone.is_some() {
            self.happens(instance, Happening::Preempted);
        }
        gone.is_some()
    }

    /// Breaks the host of a machine (by id); answers whether it had power.
    pub fn break_host(&self, instance: &str) -> bool {
        self.host
            .with(|cloud, now| {
                let view = cloud.instance_view(instance)?;
                cloud
                    .host_error(&view.project, &view.zone, &view.name, now)
                    .ok()
            })
            .is_some()
    }

    /// Has the host of a machine (by id) maintained, as an operator may ask for.
    ///
    /// # Panics
    /// If there is no such machine.
    pub async fn maintain(&self, instance: &str) {
        let view = self
            .host
            .with(|cloud, _| cloud.instance_view(instance))
            .expect("the machine is there");
        let path = format!(
            "{}/simulateMaintenanceEvent",
            self.path(&view.zone, &view.name)
        );
        self.operate("POST", &path, &Value::Null).await;
        self.happens(
            instance,
            Happening::Maintenance("TERMINATE_ON_HOST_MAINTENANCE".to_owned()),
        );
    }

    /// Ids of the machines that have power.
    #[must_use]
    pub fn powered(&self) -> Vec<String> {
        self.machines.borrow().keys().cloned().collect()
    }

    fn happens(&self, instance: &str, what: Happening) {
        if let Some(powered) = self.machines.borrow().get(instance) {
            // A guest that has stopped hears nothing.
            let _ = powered.happens.send(what);
        }
    }
}
