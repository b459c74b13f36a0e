//! The state of Service Usage.

use super::{declared::DeclaredRefusal, enablement::Enablement};
use crate::table::{Journaled, Table};
use names::Duration;
use std::collections::BTreeMap;

/// The state of Service Usage.
#[derive(Debug, Clone)]
pub(crate) struct ServiceUsage {
    /// By `project/service`, if ever changed; `project/*` stands for all other
    /// APIs of a project.
    pub(super) services: Table<Enablement>,
    /// By the beginning of the methods' IDs; not kept by the journal.
    pub(super) refusals: BTreeMap<String, DeclaredRefusal>,
    pub(super) delays: ApiDelays,
}

/// How long it takes to enable APIs; not kept by the journal.
#[derive(Debug, Clone, Copy)]
pub(super) struct ApiDelays {
    /// The operation.
    pub(super) operation: Duration,
    /// Until an API that is shown as enabled answers calls.
    pub(super) propagation: Duration,
}

impl ApiDelays {
    /// As observed at Google: 30 to 60 s until calls are answered.
    const GOOGLES: Self = Self {
        operation: Duration::from_secs(10),
        propagation: Duration::from_secs(45),
    };
}

impl ServiceUsage {
    pub(crate) fn new() -> Self {
        Self {
            services: Table::new("serviceusage.services"),
            refusals: BTreeMap::new(),
            delays: ApiDelays::GOOGLES,
        }
    }

    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        vec![&mut self.services]
    }
}
