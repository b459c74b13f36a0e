//! Where to request the next machine.

use crate::{Job, Refusal, job::ZoneBlock};
use names::{Timestamp, Zone};

/// Where to request the next machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placement {
    /// In this zone, now.
    In(Zone),
    /// Nowhere before this time; and what the job waits for.
    Wait(Timestamp, String),
}

/// The first zone that is not blocked.
pub(crate) fn place(job: &Job, now: Timestamp) -> Placement {
    let blocked = |zone: &Zone| {
        job.blocked
            .iter()
            .find(|b| b.zone == *zone && b.until > now)
    };
    if let Some(zone) = job.zones.iter().find(|zone| blocked(zone).is_none()) {
        return Placement::In(zone.clone());
    }
    let until = job
        .blocked
        .iter()
        .filter(|b| b.until > now)
        .map(|b| b.until)
        .min();
    // A reason that holds for several zones is said once.
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for block in job.zones.iter().filter_map(blocked) {
        match reasons.iter_mut().find(|(why, _)| *why == block.reason) {
            Some((_, zones)) => zones.push(block.zone.as_str()),
            None => reasons.push((&block.reason, vec![block.zone.as_str()])),
        }
    }
    let reasons: Vec<String> = reasons
        .iter()
        .map(|(why, zones)| format!("{} ({why})", zones.join(", ")))
        .collect();
    Placement::Wait(
        until.unwrap_or(now),
        format!("a machine in any of {}", reasons.join(", ")),
    )
}

/// Blocks the zones that `refusal` of a machine in `zone` rules out, and moves
/// zones that Google recommends to the front, if the job may use them.
pub(crate) fn block(job: &mut Job, zone: &Zone, refusal: &Refusal, now: Timestamp) {
    let until = now + refusal.pause();
    let hit: Vec<Zone> = (job.zones.iter())
        .filter(|z| match refusal {
            Refusal::Everywhere { .. } | Refusal::Denied { .. } => true,
            Refusal::Region { .. } => z.region() == zone.region(),
            Refusal::Stockout { .. } | Refusal::Passing { .. } | Refusal::Permanent { .. } => {
                *z == zone
            }
        })
        .cloned()
        .collect();
    job.blocked
        .retain(|b| b.until > now && !hit.contains(&b.zone));
    job.blocked.extend(hit.into_iter().map(|zone| ZoneBlock {
        zone,
        until,
        reason: refusal.reason().to_owned(),
    }));
    if let Refusal::Stockout { elsewhere, .. } = refusal {
        job.zones.sort_by_key(|zone| !elsewhere.contains(zone));
    }
}
