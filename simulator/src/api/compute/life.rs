//! A machine's life by the agenda: booting, going down, being cleared away.

use super::{
    agenda::{Due, Timer},
    event::{self, happened},
    instance::{After, Ending, Status},
    operations, scarcity,
};
use crate::{Cloud, Command};
use names::Timestamp;

/// Lets whatever is due by `now` happen, in order.
pub(crate) fn advance(cloud: &mut Cloud, now: Timestamp) {
    while let Some(Timer {
        at,
        subject: path,
        due,
    }) = cloud.compute.agenda.take(now)
    {
        match due {
            Due::Operation => operations::finish(cloud, &path, None, at),
            Due::Staged => staged(cloud, &path, at),
            Due::Running => running(cloud, &path, at),
            Due::PowerButton => terminate(cloud, &path, at),
            Due::PowerOff => down(cloud, &path, at),
            Due::Gone => gone(cloud, &path, at),
            Due::TimeUp => terminate(cloud, &path, at),
            Due::Maintenance => maintenance(cloud, &path, at),
        }
    }
}

/// The insert or start has found its resources, or has not.
pub(super) fn staged(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    let operation = instance.launching.take();
    let refused = instance.refused.take();
    let begun = operation
        .as_ref()
        .and_then(|path| cloud.compute.operations.get(path));
    if refused.is_none() {
        instance.status = Status::Staging;
        let at = now + cloud.compute.settings.boot;
        cloud.compute.agenda.add(at, path, Due::Running);
    } else if begun.is_some_and(|begun| begun.kind == "insert") {
        gone(cloud, path, now);
    } else {
        instance.status = Status::Terminated;
    }
    if let Some(operation) = operation {
        operations::finish(cloud, &operation, refused, now);
    }
}

fn running(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.status = Status::Running;
    instance.powered = true;
    instance.last_start = Some(now);
    instance.touched = now;
    let command = Command::PowerOn {
        instance: instance.id.clone(),
    };
    if let Some(end) = instance.time_up(now) {
        cloud.compute.agenda.add(end.max(now), path, Due::TimeUp);
    }
    cloud.command(command);
}

/// Begins what a stopped machine, or one that is to restart, needs to boot.
pub(super) fn launch(cloud: &mut Cloud, path: &str, operation: Option<String>, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get(path) else {
        return;
    };
    let refused = scarcity::refusal(&cloud.compute, instance);
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.status = if operation.is_some() {
        Status::Provisioning
    } else {
        Status::Repairing
    };
    instance.refused = refused;
    instance.launching = operation;
    instance.preempted = false;
    let at = now + cloud.compute.settings.insert_operation;
    cloud.compute.agenda.add(at, path, Due::Staged);
}

/// Ends a Spot machine, or one whose time is up, as its scheduling says.
pub(super) fn terminate(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(after) = cloud.compute.instances.get(path).map(|i| i.termination()) else {
        return;
    };
    bring_down(cloud, path, after, None, now);
}

/// Begins to bring a machine down; one that is going down already may get a
/// worse end. `operation` is done when it is over.
pub(super) fn bring_down(
    cloud: &mut Cloud,
    path: &str,
    after: After,
    operation: Option<String>,
    now: Timestamp,
) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    if let Some(ending) = &mut instance.ending {
        ending.after = ending.after.max(after);
        ending.operations.extend(operation);
        return;
    }
    instance.ending = Some(Ending {
        after,
        operations: operation.into_iter().collect(),
    });
    instance.status = Status::Stopping;
    let (launching, refused) = (instance.launching.take(), instance.refused.take());
    let button = instance.powered.then(|| Command::PowerButton {
        instance: instance.id.clone(),
    });
    cloud.compute.agenda.cancel(path);
    if let Some(launching) = launching {
        operations::finish(cloud, &launching, refused, now);
    }
    match button {
        Some(button) => {
            let cut = now + cloud.compute.settings.shutdown_grace;
            cloud.compute.agenda.add(cut, path, Due::PowerOff);
            cloud.command(button);
        }
        None => down(cloud, path, now),
    }
}

/// The guest is down: what remains is what becomes of the machine.
pub(super) fn down(cloud: &mut Cloud, path: &str, now: Timestamp) {
    cloud.compute.agenda.cancel(path);
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    let off = instance.powered.then(|| Command::PowerOff {
        instance: instance.id.clone(),
    });
    let ending = instance.ending.take();
    let after = ending.as_ref().map_or(After::Stop, |ending| ending.after);
    instance.powered = false;
    instance.maintenance = None;
    instance.last_stop = Some(now);
    instance.touched = now;
    if after == After::Delete {
        instance.ending = ending;
        let at = now + cloud.compute.settings.delete_operation;
        cloud.compute.agenda.add(at, path, Due::Gone);
    } else {
        instance.status = Status::Terminated;
        for operation in ending.into_iter().flat_map(|ending| ending.operations) {
            operations::finish(cloud, &operation, None, now);
        }
        if after == After::Restart {
            happened(cloud, path, &event::RESTARTED, now);
            launch(cloud, path, None, now);
        }
    }
    off.into_iter().for_each(|off| cloud.command(off));
}

fn gone(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.remove(path) else {
        return;
    };
    cloud.compute.ids.remove(&instance.id);
    for disk in instance.disks().filter(|disk| disk["autoDelete"] == true) {
        cloud
            .compute
            .disks
            .remove(disk["source"].as_str().unwrap_or_default());
    }
    for operation in instance
        .ending
        .into_iter()
        .flat_map(|ending| ending.operations)
    {
        operations::finish(cloud, &operation, None, now);
    }
}

/// The announced host maintenance begins.
fn maintenance(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.touched = now;
    if instance.migrates() {
        instance.maintenance = None;
        happened(cloud, path, &event::MIGRATED, now);
    } else {
        let after = if instance.restarts() {
            After::Restart
        } else {
            After::Stop
        };
        happened(cloud, path, &event::TERMINATED, now);
        bring_down(cloud, path, after, None, now);
    }
}

/// Announces a host maintenance of a running machine.
pub(super) fn announce(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let at = now + cloud.compute.settings.maintenance_notice;
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    // An earlier announcement stands.
    if instance.maintenance.is_none() {
        instance.maintenance = Some(at);
        instance.touched = now;
        cloud.compute.agenda.add(at, path, Due::Maintenance);
        happened(cloud, path, &event::ANNOUNCED, now);
    }
}
