//! Dispatches commands to machines and pushes.

use super::{Machines, Push, push::Delivery};
use crate::Command;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Carries out commands in order until the host is dropped. To be spawned.
/// Without `machines`, those for machines have no effect: they run without a
/// guest.
pub async fn commands(
    mut receiver: mpsc::UnboundedReceiver<Command>,
    push: Push,
    machines: Option<Arc<Machines>>,
) {
    while let Some(command) = receiver.recv().await {
        match (command, &machines) {
            (
                Command::Push {
                    delivery,
                    endpoint,
                    token,
                    headers,
                    body,
                    deadline_seconds,
                },
                _,
            ) => {
                push.start(Delivery {
                    delivery,
                    endpoint,
                    token,
                    headers,
                    body,
                    deadline_seconds,
                });
            }
            (Command::PowerOn { instance }, Some(machines)) => machines.power_on(&instance).await,
            (Command::PowerButton { instance }, Some(machines)) => machines.power_button(&instance),
            (Command::PowerOff { instance }, Some(machines)) => machines.power_off(&instance),
            (Command::DeleteDisk { instance }, Some(machines)) => machines.delete_disk(&instance),
            (
                Command::PowerOn { .. }
                | Command::PowerButton { .. }
                | Command::PowerOff { .. }
                | Command::DeleteDisk { .. },
                None,
            ) => {}
        }
    }
}
