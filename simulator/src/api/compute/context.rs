//! What is needed besides the body to read an insert.

use super::settings::ComputeSettings;
use names::Timestamp;

/// The project, zone, time and settings that an insert is read with.
pub(super) struct InsertContext<'a> {
    pub(super) project: &'a str,
    pub(super) number: &'a str,
    pub(super) zone: &'a str,
    pub(super) now: Timestamp,
    pub(super) settings: &'a ComputeSettings,
}
