//! Where and when the body of an insert is read.

use super::settings::ComputeSettings;
use names::Timestamp;

/// Where and when a request is read.
pub(super) struct Scene<'a> {
    pub(super) project: &'a str,
    pub(super) number: &'a str,
    pub(super) zone: &'a str,
    pub(super) now: Timestamp,
    pub(super) settings: &'a ComputeSettings,
}
