//! Where to request the next machine.

use crate::{Job, Place, Refusal, job::ZoneBlock};
use names::{Timestamp, Zone};

/// Where to request the next machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Request it in this zone now.
    In(Zone),
    /// All zones are blocked until this time; the text says what for.
    Wait(Timestamp, String),
    /// No zone can ever run the job; the text says why.
    Nowhere(String),
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
    // A reason that holds for several zones is given once.
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    let blocks = || job.zones.iter().filter_map(blocked);
    for block in blocks() {
        match reasons
            .iter_mut()
            .find(|(reason, _)| *reason == block.reason)
        {
            Some((_, zones)) => zones.push(block.zone.as_str()),
            None => reasons.push((&block.reason, vec![block.zone.as_str()])),
        }
    }
    let reasons: Vec<String> = reasons
        .iter()
        .map(|(reason, zones)| format!("{} ({reason})", zones.join(", ")))
        .collect();
    let reasons = reasons.join(", ");
    // What is lacking for days is not waited for.
    let passing = blocks().filter(|block| !block.lasting);
    match passing.map(|block| block.until).min() {
        Some(until) => Placement::Wait(until, format!("a machine in any of {reasons}")),
        None => Placement::Nowhere(format!("no zone can run the job: {reasons}")),
    }
}

/// Blocks the zones that `refusal` of a machine in `zone` rules out, and moves
/// zones that Google recommends to the front, if the job may use them.
pub(crate) fn block_zones(job: &mut Job, zone: &Zone, refusal: &Refusal, now: Timestamp) {
    let until = now + refusal.retry_after();
    let refused: Vec<Zone> = (job.zones.iter())
        .filter(|z| match refusal.place() {
            Place::Everywhere => true,
            Place::Region => z.region() == zone.region(),
            Place::Zone => *z == zone,
        })
        .cloned()
        .collect();
    job.blocked
        .retain(|b| b.until > now && !refused.contains(&b.zone));
    job.blocked
        .extend(refused.into_iter().map(|zone| ZoneBlock {
            zone,
            until,
            reason: refusal.reason().to_owned(),
            lasting: refusal.is_lasting(),
        }));
    if let Refusal::Stockout {
        recommended_zones, ..
    } = refusal
    {
        job.zones
            .sort_by_key(|zone| !recommended_zones.contains(zone));
    }
}
