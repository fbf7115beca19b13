//! How much each file matters to the whole repository: PageRank along the names, towards what is named.
use std::io;

use super::graph::{FileId, Graph, NameId, Named, as_share};
use crate::sealed::{Rows, RowsWriter};

/// What was worked out last, and how many changes ago.
#[derive(Debug, Default)]
pub(super) struct Standing {
    of: Vec<f32>,
    changes: usize,
}

const ROUNDS: usize = 8;
const DAMPING: f32 = 0.85;
/// One in so many files may have changed before it is worked out anew: by a single file the whole hardly moves.
const FRESH: usize = 50;

impl Standing {
    pub(super) fn age(&mut self) {
        self.changes += 1;
    }

    pub(super) fn write(&self, rows: &mut RowsWriter) -> io::Result<()> {
        rows.row(&self.of)?;
        rows.row(&[self.changes as u64])
    }

    pub(super) fn read(rows: &mut Rows) -> Option<Self> {
        let of = rows.row()?;
        let [changes] = rows.row::<u64>()?.try_into().ok()?;
        Some(Self { of, changes: usize::try_from(changes).ok()? })
    }
}

impl Graph {
    /// By file; they sum up to about 1.
    pub(super) fn standing(&mut self) -> &[f32] {
        let is_fresh = self.standing.changes * FRESH <= self.count;
        if self.standing.of.is_empty() || !is_fresh {
            self.stand_anew();
        }
        // What is new stands until then where files do that nobody names.
        self.standing.of.resize(self.file_count, (1.0 - DAMPING) * self.base());
        &self.standing.of
    }

    /// Works out where every file stands, if any has changed since that was done.
    pub(super) fn stand_anew(&mut self) {
        if self.standing.of.is_empty() || self.standing.changes > 0 {
            let of = self.worked_out();
            self.standing = Standing { of, changes: 0 };
        }
    }

    /// What each file would have if all stood alike.
    fn base(&self) -> f32 {
        1.0 / as_share(self.count.max(1))
    }

    fn worked_out(&self) -> Vec<f32> {
        let (starts, links) = self.links();
        let files = self.file_count;
        let base = self.base();
        let mut rank: Vec<f32> = vec![base; files];
        for _ in 0..ROUNDS {
            let mut through: Vec<f32> = vec![0.0; self.worths.len()];
            for (file, rank) in rank.iter().enumerate() {
                for (name, share) in &links[starts[file]..starts[file + 1]] {
                    through[name.0 as usize] += rank * share;
                }
            }
            let mut next: Vec<f32> = vec![(1.0 - DAMPING) * base; files];
            for (name, flow) in through.iter().enumerate().filter(|(_, flow)| **flow > 0.0) {
                let definers = self.definers(NameId::at(name));
                let share = DAMPING * flow / as_share(definers.len());
                for definer in definers {
                    next[definer.0 as usize] += share;
                }
            }
            rank = next;
        }
        rank
    }

    /// What each file names that others define, with shares of 1; where those of each file begin and end.
    fn links(&self) -> (Vec<usize>, Vec<(NameId, f32)>) {
        let mut starts = Vec::with_capacity(self.file_count + 1);
        let mut links: Vec<(NameId, f32)> = Vec::new();
        starts.push(0);
        let names = (0..self.worths.len()).map(NameId::at);
        let meanings: Vec<f32> = names.map(|name| self.meaning(name)).collect();
        for at in 0..self.file_count {
            let first = links.len();
            for Named { name, count } in self.named.get(at) {
                let meaning = meanings[name.0 as usize];
                if meaning <= 0.0 {
                    continue;
                }
                let definers = self.definers(*name);
                if *definers != [FileId::at(at)] {
                    links.push((*name, meaning * count.weight() * as_share(definers.len())));
                }
            }
            let sum: f32 = links[first..].iter().map(|(_, strength)| strength).sum();
            links[first..].iter_mut().for_each(|(_, strength)| *strength /= sum);
            starts.push(links.len());
        }
        (starts, links)
    }
}
