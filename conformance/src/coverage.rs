//! How much of the specifications the suite covers. Computed from the citations, never typed.

use crate::catalogue::{Observe, Requirement, Role};

/// Whether a scripted or watched exchange with a server can show the requirement; one that only
/// repeats another is not counted.
#[must_use]
pub fn in_reach(requirement: &Requirement) -> bool {
    let seen = [Observe::WireServer, Observe::Passive];
    requirement.binds(Role::Server)
        && requirement.same_as.is_none()
        && seen.into_iter().any(|way| requirement.is_observed_by(way))
}
