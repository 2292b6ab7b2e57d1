//! Going through the steps of a case, those inside other steps included.

use super::locate::Path;
use super::{Await, Case, Expect, Step};

/// Calls `visit` for every step with its path from the case, a step before those inside it.
pub fn visit<'c>(case: &'c Case, visit: &mut impl FnMut(&'c Step, &Path)) {
    let root = Path::default();
    visit_list(&case.steps, &root.key("steps"), visit);
    visit_list(&case.finally, &root.key("finally"), visit);
}

fn visit_list<'c>(steps: &'c [Step], path: &Path, visit: &mut impl FnMut(&'c Step, &Path)) {
    for (i, step) in steps.iter().enumerate() {
        let path = path.index(i);
        visit(step, &path);
        match step {
            Step::Repeat(step) => visit_list(&step.steps, &path.key("steps"), visit),
            Step::Await(Await { any_of: Some(branches), .. })
            | Step::Expect(Expect { any_of: Some(branches), .. }) => {
                for (i, branch) in branches.iter().enumerate() {
                    let path = path.key("any_of").index(i).key("then");
                    visit_list(&branch.then, &path, visit);
                }
            }
            _ => {}
        }
    }
}

/// Calls `change` for every step, a step before those inside it, until one fails.
pub(super) fn try_visit_mut<E>(
    steps: &mut [Step],
    change: &mut impl FnMut(&mut Step) -> Result<(), E>,
) -> Result<(), E> {
    for step in steps {
        change(step)?;
        match step {
            Step::Repeat(step) => try_visit_mut(&mut step.steps, change)?,
            Step::Await(Await { any_of: Some(branches), .. })
            | Step::Expect(Expect { any_of: Some(branches), .. }) => {
                for branch in branches {
                    try_visit_mut(&mut branch.then, change)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
