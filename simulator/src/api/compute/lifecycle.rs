//! The lifecycle of a machine, driven by timers: boot, shutdown, removal.

use super::{
    capacity,
    event::{self, record_event},
    instance::{AfterShutdown, Shutdown, Status},
};
use crate::agenda::Event;
use crate::{Cloud, Command, collection::OperationError};
use names::Timestamp;

/// What happens to a machine at `now`.
pub(crate) fn happen(cloud: &mut Cloud, event: Event, path: &str, now: Timestamp) {
    match event {
        Event::Provisioned => finish_provisioning(cloud, path, now),
        Event::Boot => boot(cloud, path, now),
        Event::PowerButton | Event::TimeLimit => terminate(cloud, path, now),
        Event::PowerOff => finish_shutdown(cloud, path, now),
        Event::Remove => remove(cloud, path, now),
        Event::Maintenance => begin_maintenance(cloud, path, now),
        Event::Expire
        | Event::ExpireDocument
        | Event::Tick
        | Event::RotateKey
        | Event::DestroyKeyVersion => {}
    }
}

/// Ends the provisioning phase of an insert or start: with resources, or with
/// the error found before.
pub(super) fn finish_provisioning(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    let Some(start_error) = instance.start_error.take() else {
        instance.status = Status::Staging;
        let at = now + cloud.compute.settings.boot;
        cloud.agenda.add(at, path, Event::Boot);
        return;
    };
    let operation = instance.start_operation.take();
    let begun = operation
        .as_ref()
        .and_then(|path| cloud.resources.operations.get(path));
    if begun.is_some_and(|begun| begun.kind == "insert") {
        remove(cloud, path, now);
    } else {
        instance.status = Status::Terminated;
    }
    if let Some(operation) = operation {
        cloud.finish_operation(&operation, Some(start_error), now);
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
    let operation = instance.start_operation.take();
    if let Some(end) = instance.termination_time(now) {
        cloud.agenda.add(end.max(now), path, Event::TimeLimit);
    }
    if let Some(operation) = operation {
        cloud.finish_operation(&operation, None, now);
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
    cloud.agenda.add(at, path, Event::Provisioned);
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
    cloud.agenda.cancel(path);
    if let Some(start_operation) = start_operation {
        cloud.finish_operation(&start_operation, start_error, now);
    }
    match button {
        Some(button) => {
            let cut = now + cloud.compute.settings.shutdown_grace;
            cloud.agenda.add(cut, path, Event::PowerOff);
            cloud.command(button);
        }
        None => finish_shutdown(cloud, path, now),
    }
}

/// Begins to suspend a running machine; `operation` ends when it is suspended.
/// Its guest is not asked, and its memory is lost, unlike on Google.
pub(super) fn begin_suspend(cloud: &mut Cloud, path: &str, operation: String, now: Timestamp) {
    let at = now + cloud.compute.settings.other_operation;
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.shutdown = Some(Shutdown {
        after: AfterShutdown::Suspend,
        operations: vec![operation],
    });
    instance.status = Status::Suspending;
    cloud.agenda.cancel(path);
    cloud.agenda.add(at, path, Event::PowerOff);
}

/// The guest is down: powers the machine off, then stops, restarts or deletes
/// it.
pub(super) fn finish_shutdown(cloud: &mut Cloud, path: &str, now: Timestamp) {
    cloud.agenda.cancel(path);
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
    match after {
        AfterShutdown::Suspend => instance.last_suspended = Some(now),
        AfterShutdown::Restart | AfterShutdown::Stop | AfterShutdown::Delete => {
            instance.last_stop = Some(now);
        }
    }
    instance.changed = now;
    if after == AfterShutdown::Delete {
        instance.shutdown = shutdown;
        let at = now + cloud.compute.settings.delete_operation;
        cloud.agenda.add(at, path, Event::Remove);
    } else {
        instance.status = match after {
            AfterShutdown::Suspend => Status::Suspended,
            AfterShutdown::Restart | AfterShutdown::Stop | AfterShutdown::Delete => {
                Status::Terminated
            }
        };
        for operation in shutdown
            .into_iter()
            .flat_map(|shutdown| shutdown.operations)
        {
            cloud.finish_operation(&operation, None, now);
        }
        if after == AfterShutdown::Restart {
            record_event(cloud, path, &event::RESTARTED, now);
            begin_start(cloud, path, None, now);
        }
    }
    off.into_iter().for_each(|off| cloud.command(off));
}

fn remove(cloud: &mut Cloud, path: &str, now: Timestamp) {
    if let Some(left) = cloud.compute.settings.failing_deletes.checked_sub(1) {
        cloud.compute.settings.failing_deletes = left;
        fail_to_remove(cloud, path, now);
        return;
    }
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
    if instance.last_start.is_some() {
        cloud.command(Command::DeleteDisk {
            instance: instance.id,
        });
    }
    for operation in instance
        .shutdown
        .into_iter()
        .flat_map(|shutdown| shutdown.operations)
    {
        cloud.finish_operation(&operation, None, now);
    }
}

/// Google's words for a failure of its own (documented at `Operation.error`; that a
/// delete can fail like that is in public bug reports).
fn fail_to_remove(cloud: &mut Cloud, path: &str, now: Timestamp) {
    let Some(instance) = cloud.compute.instances.get_mut(path) else {
        return;
    };
    instance.status = Status::Terminated;
    instance.changed = now;
    let shutdown = instance.shutdown.take();
    let operations = shutdown.map(|shutdown| shutdown.operations);
    for operation in operations.into_iter().flatten() {
        let error = OperationError {
            code: "INTERNAL_ERROR".to_owned(),
            message: "Internal error. Please try again or contact Google Support.".to_owned(),
            details: Vec::new(),
            http_status: 500,
            http_message: "INTERNAL SERVER ERROR".to_owned(),
        };
        cloud.finish_operation(&operation, Some(error), now);
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
        cloud.agenda.add(at, path, Event::Maintenance);
        record_event(cloud, path, &event::ANNOUNCED, now);
    }
}
