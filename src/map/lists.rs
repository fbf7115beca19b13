//! A list for each number: all laid out in one piece, and beside it those that have changed since.
use std::{collections::HashMap, io};

use foldhash::fast::RandomState;
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::sealed::{Rows, RowsWriter};

/// Those of a million names have no memory of their own.
#[derive(Debug)]
pub(super) struct Lists<T> {
    /// Where each list begins, and where the last one ends.
    starts: Vec<u32>,
    all: Vec<T>,
    changed: HashMap<usize, Vec<T>, RandomState>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { starts: Vec::new(), all: Vec::new(), changed: HashMap::default() }
    }
}

impl<T: Copy> Lists<T> {
    pub(super) fn get(&self, at: usize) -> &[T] {
        match self.changed.get(&at) {
            Some(list) => list,
            None => laid_out(&self.starts, &self.all, at),
        }
    }

    pub(super) fn put(&mut self, at: usize, list: Vec<T>) {
        self.changed.insert(at, list);
    }

    /// One of the lists, to be changed.
    pub(super) fn edit(&mut self, at: usize) -> &mut Vec<T> {
        let Self { starts, all, changed } = self;
        changed.entry(at).or_insert_with(|| laid_out(starts, all, at).to_vec())
    }

    /// Puts all lists in one piece: those of the numbers below `count`.
    pub(super) fn lay_out(&mut self, count: usize) {
        if self.changed.is_empty() && self.starts.len() == count + 1 {
            return;
        }
        let length = (0..count).map(|at| self.get(at).len()).sum();
        let (mut starts, mut all) = (Vec::with_capacity(count + 1), Vec::with_capacity(length));
        starts.push(0);
        for at in 0..count {
            all.extend_from_slice(self.get(at));
            starts.push(u32::try_from(all.len()).unwrap_or(u32::MAX));
        }
        *self = Self { starts, all, changed: HashMap::default() };
    }

    /// The lists of what stands in these, each with the numbers of those that it stands in.
    pub(super) fn turned<U: Copy + Default>(
        &self,
        count: usize,
        number: impl Fn(&T) -> usize,
        entry: impl Fn(usize, &T) -> U,
    ) -> Lists<U> {
        let mut starts = vec![0_u32; count + 1];
        self.all.iter().for_each(|item| starts[number(item) + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut all = vec![U::default(); self.all.len()];
        let mut next = starts.clone();
        for at in 0..self.starts.len().saturating_sub(1) {
            for item in laid_out(&self.starts, &self.all, at) {
                let place = &mut next[number(item)];
                all[*place as usize] = entry(at, item);
                *place += 1;
            }
        }
        Lists { starts, all, changed: HashMap::default() }
    }
}

impl<T: FromBytes + IntoBytes + Immutable> Lists<T> {
    /// To be laid out before.
    pub(super) fn write(&self, rows: &mut RowsWriter) -> io::Result<()> {
        rows.row(&self.starts)?;
        rows.row(&self.all)
    }

    pub(super) fn read(rows: &mut Rows) -> Option<Self> {
        let (starts, all) = (rows.row()?, rows.row()?);
        Some(Self { starts, all, changed: HashMap::default() })
    }
}

fn laid_out<'a, T>(starts: &[u32], all: &'a [T], at: usize) -> &'a [T] {
    let (Some(start), Some(end)) = (starts.get(at), starts.get(at + 1)) else { return &[] };
    all.get(*start as usize..*end as usize).unwrap_or_default()
}
