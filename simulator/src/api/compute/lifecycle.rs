//! The lifecycle of a machine, driven by timers: boot, shutdown, removal.

use super::{
    capacity,
    event::{self, record_event},
    instance::{AfterShutdown, Shutdown, Status},
    operations,
    timers::{Timer, TimerKind},
};
use crate::{Cloud, Command};
use names::Timestamp;

/// Fires every timer that is due by `now`, in order.
pub(crate) fn advance(cloud: &mut Cloud, now: Timestamp) {
    while let Some(Timer {
        at,
        subject: path,
        kind,
    }) = cloud.compute.timers.take(now)
    {
        match kind {
            TimerKind::Operation => operations::finish(cloud, &path, None, at),
            TimerKind::Provisioned => finish_provisioning(cloud, &path, at),
            TimerKind::Boot => boot(cloud, &path, at),
            TimerKind::PowerButton => terminate(cloud, &path, at),
            TimerKind::PowerOff => finish_shutdown(cloud, &path, at),
            TimerKind::Remove => remove(cloud, &path, at),
            TimerKind::TimeLimit => terminate(cloud, &path, at),
            TimerKind::Maintenance => begin_maintenance(cloud, &path, at),
        }
    }
}

/// Ends the provisioning phase of an insert or start: with resources, or with
/// the error found before.
pub(super) fn finish_provisioning(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    let operation = instance.start_operation.take();
    let start_error = instance.start_error.take();
    let begun = operation
        .as_ref()
        .and_then(|path| cloud.compute.operations.get(path));
    if start_error.is_none() {
        instance.status = Status::Staging;
        let at = now + cloud.compute.settings.boot;
        cloud.compute.timers.add(at, path, TimerKind::Boot);
    } else if begun.is_some_and(|begun| begun.kind == "insert") {
        remove(cloud, path, now);
    } else {
        instance.status = Status::Terminated;
    }
    if let Some(operation) = operation {
        operations::finish(cloud, &operation, start_error, now);
    }
}

fn boot(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.status = Status::Running;
    instance.powered = true;
    instance.last_start = Some(now);
    instance.changed = now;
    let command = Command::PowerOn {
        instance: instance.id.clone(),
    };
    if let Some(end) = instance.termination_time(now) {
        cloud
            .compute
            .timers
            .add(end.max(now), path, TimerKind::TimeLimit);
    }
    cloud.command(command);
}

/// Begins to start a stopped machine, or one that restarts.
pub(super) fn begin_start(
    cloud: &mut Cloud,
    path: &str,
    operation: Option<String>,
    now: Timestamp,
) {
    let Some(instance) = cloud.compute.instances.get(path) else {
        return;
    };
    let start_error = capacity::refusal(&cloud.compute, instance);
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.status = if operation.is_some() {
        Status::Provisioning
    } else {
        Status::Repairing
    };
    instance.start_error = start_error;
    instance.start_operation = operation;
    instance.preempted = false;
    let at = now + cloud.compute.settings.insert_operation;
    cloud.compute.timers.add(at, path, TimerKind::Provisioned);
}

/// Applies the termination action of a machine that is preempted or reaches its
/// time limit.
pub(super) fn terminate(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(after) = cloud.compute.instances.get(path).map(|i| i.termination()) else {
        return;
    };
    begin_shutdown(cloud, path, after, None, now);
}

/// Begins to shut a machine down. If it is shutting down already, only what
/// follows may get more severe. `operation` ends with the shutdown.
pub(super) fn begin_shutdown(
    cloud: &mut Cloud,
    path: &str,
    after: AfterShutdown,
    operation: Option<String>,
    now: Timestamp,
) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    if let Some(shutdown) = &mut instance.shutdown {
        shutdown.after = shutdown.after.max(after);
        shutdown.operations.extend(operation);
        return;
    }
    instance.shutdown = Some(Shutdown {
        after,
        operations: operation.into_iter().collect(),
    });
    instance.status = Status::Stopping;
    let (start_operation, start_error) =
        (instance.start_operation.take(), instance.start_error.take());
    let button = instance.powered.then(|| Command::PowerButton {
        instance: instance.id.clone(),
    });
    cloud.compute.timers.cancel(path);
    if let Some(start_operation) = start_operation {
        operations::finish(cloud, &start_operation, start_error, now);
    }
    match button {
        Some(button) => {
            let cut = now + cloud.compute.settings.shutdown_grace;
            cloud.compute.timers.add(cut, path, TimerKind::PowerOff);
            cloud.command(button);
        }
        None => finish_shutdown(cloud, path, now),
    }
}

/// The guest is down: powers the machine off, then stops, restarts or deletes
/// it.
pub(super) fn finish_shutdown(cloud: &mut Cloud, path: &str, now: Timestamp) {
    cloud.compute.timers.cancel(path);
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    let off = instance.powered.then(|| Command::PowerOff {
        instance: instance.id.clone(),
    });
    let shutdown = instance.shutdown.take();
    let after = shutdown
        .as_ref()
        .map_or(AfterShutdown::Stop, |shutdown| shutdown.after);
    instance.powered = false;
    instance.maintenance = None;
    instance.last_stop = Some(now);
    instance.changed = now;
    if after == AfterShutdown::Delete {
        instance.shutdown = shutdown;
        let at = now + cloud.compute.settings.delete_operation;
        cloud.compute.timers.add(at, path, TimerKind::Remove);
    } else {
        instance.status = Status::Terminated;
        for operation in shutdown
            .into_iter()
            .flat_map(|shutdown| shutdown.operations)
        {
            operations::finish(cloud, &operation, None, now);
        }
        if after == AfterShutdown::Restart {
            record_event(cloud, path, &event::RESTARTED, now);
            begin_start(cloud, path, None, now);
        }
    }
    off.into_iter().for_each(|off| cloud.command(off));
}

fn remove(cloud: &mut Cloud, path: &str, now: Timestamp) {
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
        .shutdown
        .into_iter()
        .flat_map(|shutdown| shutdown.operations)
    {
        operations::finish(cloud, &operation, None, now);
    }
}

/// Begins the announced host maintenance: migrates or terminates the machine.
fn begin_maintenance(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.changed = now;
    if instance.migrates() {
        instance.maintenance = None;
        record_event(cloud, path, &event::MIGRATED, now);
    } else {
        let after = if instance.restarts() {
            AfterShutdown::Restart
        } else {
            AfterShutdown::Stop
        };
        record_event(cloud, path, &event::TERMINATED, now);
        begin_shutdown(cloud, path, after, None, now);
    }
}

/// Announces host maintenance of a running machine.
pub(super) fn announce_maintenance(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let at = now + cloud.compute.settings.maintenance_notice;
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    // An earlier announcement takes precedence.
    if instance.maintenance.is_none() {
        instance.maintenance = Some(at);
        instance.changed = now;
        cloud.compute.timers.add(at, path, TimerKind::Maintenance);
        record_event(cloud, path, &event::ANNOUNCED, now);
    }
}
