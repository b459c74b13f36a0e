//! The instances that are powered on.

use super::{PoweredMachine, World};
use crate::{machine, retry::retry_for};
use agent::decide::Input as MachineEvent;
use names::Duration;
use serde_json::Value;
use std::rc::Rc;
use tokio::{sync::mpsc, time::sleep};

/// `TimeoutStopSec` of the agent's unit.
const STOP_TIMEOUT: Duration = Duration::from_secs(40);

impl World {
    pub(super) fn power_on(self: Rc<Self>, instance: &str) {
        let Some(view) = self.host.with(|cloud, _| cloud.instance_view(instance)) else {
            return;
        };
        self.check_no_older_machine(&view.name);
        let (events, received) = mpsc::unbounded_channel();
        let never_boots = self.chaos.occurs(self.chaos.rates.boot_failure);
        let boot = if self.chaos.occurs(self.chaos.rates.slow_boot) {
            self.chaos.dice.between(560, 720)
        } else {
            self.chaos.dice.between(5, 50)
        };
        let (world, name) = (self.clone(), view.name.clone());
        let task = tokio::task::spawn_local(async move {
            sleep(Duration::from_secs(boot)).await;
            if !never_boots {
                machine::run(world, view, received).await;
            }
            // The agent has ended well; the instance stays up until it is deleted.
        });
        let task = task.abort_handle();
        self.machines
            .borrow_mut()
            .insert(instance.to_owned(), PoweredMachine { name, task, events });
    }

    /// Checks that no instance of an earlier attempt of the job is powered on. (One
    /// of a later attempt may be: a request can be applied long after its caller
    /// gave up.)
    fn check_no_older_machine(&self, name: &str) {
        let deployment = self.deployment.settings.deployment_id();
        let Some((job, attempt)) = deployment.attempt_of(name) else {
            return;
        };
        if let Ok(mut refusals) = self.chaos.zone_refusals.lock() {
            refusals.made(&job, attempt);
        }
        for other in self.machines.borrow().values() {
            let older = deployment.attempt_of(&other.name);
            if older.is_some_and(|(its_job, older)| its_job == job && older < attempt) {
                let (now, older) = (self.now(), &other.name);
                self.oracle
                    .borrow_mut()
                    .violated(format!("{now}: {name} is powered on while {older} is"));
            }
        }
        let runs = self.oracle.borrow().runs(&job).to_vec();
        for run in runs.iter().filter(|run| run.attempt < attempt) {
            if self.exists(&run.instance) {
                let (now, run) = (self.now(), run.attempt);
                self.oracle.borrow_mut().violated(format!(
                    "{now}: {name} is powered on while the machine of attempt {run} exists"
                ));
            }
        }
    }

    /// Each of the deployment's zones, but for the last, with this probability.
    pub(super) fn some_zones(&self, per_mille: u64) -> Vec<&str> {
        let zones = self.deployment.settings.zones.split_last();
        let zones = zones.map_or(&[][..], |(_, others)| others);
        let chosen = zones.iter().filter(|_| self.chaos.occurs(per_mille));
        chosen.map(names::Zone::as_str).collect()
    }

    /// What happens to zones and operations each minute.
    pub(super) fn disturb_capacity(&self) {
        let rates = &self.chaos.rates;
        if rates.stockout > 0 {
            let zones = self.some_zones(rates.stockout);
            self.set_stockouts(&zones, &[]);
            self.set_refuse_at_once(self.chaos.occurs(500));
        }
        if rates.delete_fails > 0 {
            let fails = self.chaos.occurs(rates.delete_fails);
            // As often quick as slow, and quick once things are calm.
            let slow = self.chaos.occurs(500);
            let seconds = if slow {
                self.chaos.dice.between(30, 240)
            } else {
                6
            };
            self.host.with(|cloud, _| {
                let settings = cloud.compute_settings();
                settings.failing_deletes = fails.into();
                settings.delete_operation = Duration::from_secs(seconds);
            });
        }
    }

    /// Whether the instance (by ID) has not been removed.
    #[must_use]
    pub fn exists(&self, instance: &str) -> bool {
        self.host
            .with(|cloud, _| cloud.instance_view(instance))
            .is_some()
    }

    /// What happens to instances each minute.
    pub(super) fn disturb_machines(self: &Rc<Self>) {
        let instances: Vec<String> = self.machines.borrow().keys().cloned().collect();
        for instance in instances {
            if self.chaos.occurs(self.chaos.rates.preempted) && !self.preempt_machine(&instance) {
                self.cause_host_error(&instance);
            }
            if self.chaos.occurs(self.chaos.rates.agent_dies) {
                self.kill_agent(&instance);
            }
            if self.chaos.occurs(self.chaos.rates.powers_off) {
                self.power_off_from_inside(&instance);
            }
        }
    }

    /// Preempts an instance (by ID), and returns whether it was a running Spot
    /// instance.
    pub fn preempt_machine(&self, instance: &str) -> bool {
        let preempted = self.host.with(|cloud, now| {
            let view = cloud.instance_view(instance)?;
            cloud
                .preempt(&view.project, &view.zone, &view.name, now)
                .ok()
        });
        if preempted.is_some() {
            self.send_event(instance, MachineEvent::Preempted);
        }
        preempted.is_some()
    }

    /// Kills the agent of an instance (by ID), as the kernel does when memory runs
    /// out, and as a job's command can. Its unit then powers the instance off.
    pub fn kill_agent(&self, instance: &str) {
        if let Some(machine) = self.machines.borrow().get(instance) {
            machine.task.abort();
        }
        self.host
            .with(|cloud, now| cloud.guest_stopped(instance, now));
    }

    /// Powers an instance (by ID) off from inside, as a job's command can. The
    /// agent gets the time that its unit gives it to stop.
    pub fn power_off_from_inside(self: &Rc<Self>, instance: &str) {
        self.send_event(instance, MachineEvent::Shutdown);
        let (world, instance) = (self.clone(), instance.to_owned());
        tokio::task::spawn_local(async move {
            let stopped = async || {
                let machines = world.machines.borrow();
                let machine = machines.get(&instance);
                machine
                    .is_none_or(|machine| machine.task.is_finished())
                    .then_some(())
            };
            retry_for(STOP_TIMEOUT, Duration::from_secs(1), stopped).await;
            world.kill_agent(&instance);
        });
    }

    /// Causes a host error of an instance (by ID), and returns whether it was
    /// running.
    pub fn cause_host_error(&self, instance: &str) -> bool {
        self.host
            .with(|cloud, now| {
                let view = cloud.instance_view(instance)?;
                cloud
                    .host_error(&view.project, &view.zone, &view.name, now)
                    .ok()
            })
            .is_some()
    }

    /// Simulates a maintenance event on an instance (by ID), as the operator.
    ///
    /// # Panics
    /// If the instance does not exist.
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
        self.send_event(
            instance,
            MachineEvent::Maintenance("TERMINATE_ON_HOST_MAINTENANCE".to_owned()),
        );
    }

    /// The IDs of the instances that are powered on.
    #[must_use]
    pub fn powered(&self) -> Vec<String> {
        self.machines.borrow().keys().cloned().collect()
    }

    fn send_event(&self, instance: &str, event: MachineEvent) {
        if let Some(machine) = self.machines.borrow().get(instance) {
            // A stopped guest receives no events.
            let _ = machine.events.send(event);
        }
    }
}
