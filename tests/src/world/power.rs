//! Machines of the world that are powered.

use super::World;
use crate::machine;
use agent::decide::Input as Happening;
use names::Duration;
use std::rc::Rc;
use tokio::{sync::mpsc, task::AbortHandle, time::sleep};

pub(super) struct Powered {
    pub(super) power: AbortHandle,
    pub(super) happens: mpsc::UnboundedSender<Happening>,
}

impl World {
    pub(super) fn power_on(self: Rc<Self>, instance: &str) {
        let Some(view) = self.host.with(|cloud, _| cloud.instance_view(instance)) else {
            return;
        };
        if self.chaos.strikes(self.chaos.mix.dead_boot) {
            return;
        }
        let (happens, happenings) = mpsc::unbounded_channel();
        let boot = Duration::from_secs(self.chaos.dice.between(5, 50));
        let world = self.clone();
        let task = tokio::task::spawn_local(async move {
            sleep(boot).await;
            machine::run(world, view, happenings).await;
            // The agent is done; the machine stays up until it is deleted.
        });
        let power = task.abort_handle();
        self.machines.borrow_mut().insert(instance.to_owned(), Powered { power, happens });
    }

    pub(super) fn preempt(&self) {
        let instances: Vec<String> = self.machines.borrow().keys().cloned().collect();
        for instance in instances {
            if !self.chaos.strikes(self.chaos.mix.preempted) {
                continue;
            }
            let gone = self.host.with(|cloud, now| {
                let view = cloud.instance_view(&instance)?;
                cloud.preempt(&view.project, &view.zone, &view.name, now).ok()
            });
            if let (Some(()), Some(powered)) = (gone, self.machines.borrow().get(&instance)) {
                let _ = powered.happens.send(Happening::Preempted);
            }
        }
    }
}
