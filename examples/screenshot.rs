//! A picture of a terminal's screen: reads what a program wrote to a terminal, writes a PNG.
//!
//! ```text
//! tmux capture-pane -e -p | cargo run --example screenshot -- 100x30 screen.png DejaVuSansMono.ttf [MORE.ttf ...]
//! ```
//! Letters that the first font lacks are taken from the next; bold ones from a font whose name says `Bold`.
use std::{
    fs::File,
    io::{self, BufWriter, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use fontdue::{Font, FontSettings};
use vt100::{Cell, Color, Parser};

/// Pixels.
const SIZE: f32 = 15.0;
const MARGIN: usize = 8;
const BACKGROUND: Rgb = [0x10, 0x16, 0x1c];
const FOREGROUND: Rgb = [0xd6, 0xde, 0xe6];

type Rgb = [u8; 3];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [size, picture, fonts @ ..] = arguments.as_slice() else {
        bail!(
            "say COLUMNSxROWS, the picture's name and a font: 100x30 screen.png DejaVuSansMono.ttf"
        );
    };
    let (columns, rows) = size.split_once('x').context("a size is like 100x30")?;
    let mut parser = Parser::new(rows.parse()?, columns.parse()?, 0);
    let mut written = Vec::new();
    io::stdin().lock().read_to_end(&mut written)?;
    parser.process(&with_returns(&written));
    let fonts = Fonts::read(fonts.iter().map(PathBuf::from))?;
    save(&draw(parser.screen(), &fonts), Path::new(picture))
}

/// A captured screen has line feeds alone.
fn with_returns(written: &[u8]) -> Vec<u8> {
    let text = written.strip_suffix(b"\n").unwrap_or(written);
    let mut bytes = Vec::with_capacity(text.len());
    for byte in text {
        if *byte == b'\n' {
            bytes.push(b'\r');
        }
        bytes.push(*byte);
    }
    bytes
}

struct Fonts {
    plain: Vec<Font>,
    bold: Vec<Font>,
}

impl Fonts {
    fn read(paths: impl Iterator<Item = PathBuf>) -> Result<Self> {
        let mut fonts = Self { plain: Vec::new(), bold: Vec::new() };
        for path in paths {
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let font = Font::from_bytes(bytes, FontSettings::default());
            let font = font.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            let is_bold = path.to_string_lossy().contains("Bold");
            if is_bold { &mut fonts.bold } else { &mut fonts.plain }.push(font);
        }
        if fonts.plain.is_empty() { bail!("a font is needed that is not bold") } else { Ok(fonts) }
    }

    fn of(&self, letter: char, is_bold: bool) -> Option<&Font> {
        let bold = self.bold.iter().filter(|_| is_bold);
        bold.chain(&self.plain).find(|font| font.lookup_glyph_index(letter) != 0)
    }

    /// Width and height of a cell, and where letters stand in it.
    fn cell(&self) -> (usize, usize, f32) {
        let (width, lines) = (
            self.plain[0].metrics('M', SIZE).advance_width,
            self.plain[0].horizontal_line_metrics(SIZE),
        );
        let (ascent, height) =
            lines.map_or((SIZE, SIZE * 1.2), |lines| (lines.ascent, lines.new_line_size));
        (width.round() as usize, height.ceil() as usize, ascent)
    }
}

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn fill(&mut self, [x, y]: [usize; 2], [width, height]: [usize; 2], colour: Rgb) {
        for row in y..y + height {
            for column in x..x + width {
                self.blend([column, row], colour, u8::MAX);
            }
        }
    }

    fn blend(&mut self, [x, y]: [usize; 2], colour: Rgb, cover: u8) {
        if x >= self.width || y >= self.height {
            return;
        }
        let at = (y * self.width + x) * 3;
        for (pixel, colour) in self.pixels[at..at + 3].iter_mut().zip(colour) {
            let (old, new, cover) = (u32::from(*pixel), u32::from(colour), u32::from(cover));
            *pixel = ((old * (255 - cover) + new * cover) / 255) as u8;
        }
    }
}

fn draw(screen: &vt100::Screen, fonts: &Fonts) -> Picture {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height, ascent) = fonts.cell();
    let mut picture = Picture {
        width: usize::from(columns) * width + 2 * MARGIN,
        height: usize::from(rows) * height + 2 * MARGIN,
        pixels: Vec::new(),
    };
    picture.pixels = BACKGROUND.repeat(picture.width * picture.height);
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let Some(cell) = screen.cell(row, column) else { continue };
        let place = [MARGIN + usize::from(column) * width, MARGIN + usize::from(row) * height];
        if cell.is_wide_continuation() {
            continue;
        }
        let columns = if cell.is_wide() { 2 } else { 1 };
        let (foreground, background) = colours(cell);
        picture.fill(place, [columns * width, height], background);
        if cell.underline() {
            picture.fill(
                [place[0], place[1] + ascent as usize + 2],
                [columns * width, 1],
                foreground,
            );
        }
        for letter in cell.contents().chars() {
            draw_letter(
                &mut picture,
                fonts,
                letter,
                cell.bold(),
                [place[0] as f32, place[1] as f32 + ascent],
                foreground,
            );
        }
    }
    picture
}

fn draw_letter(
    picture: &mut Picture,
    fonts: &Fonts,
    letter: char,
    is_bold: bool,
    [x, y]: [f32; 2],
    colour: Rgb,
) {
    let Some(font) = fonts.of(letter, is_bold) else { return };
    let (metrics, bitmap) = font.rasterize(letter, SIZE);
    let left = x + metrics.xmin as f32;
    let top = y - metrics.height as f32 - metrics.ymin as f32;
    for (index, cover) in bitmap.iter().enumerate() {
        let (column, row) = (index % metrics.width, index / metrics.width);
        let place = [left + column as f32, top + row as f32];
        if place[0] >= 0.0 && place[1] >= 0.0 {
            picture.blend(place.map(|place| place as usize), colour, *cover);
        }
    }
}

fn colours(cell: &Cell) -> (Rgb, Rgb) {
    let foreground = rgb(cell.fgcolor(), FOREGROUND);
    let background = rgb(cell.bgcolor(), BACKGROUND);
    let foreground = match cell.dim() {
        true => std::array::from_fn(|index| foreground[index] / 2 + background[index] / 2),
        false => foreground,
    };
    if cell.inverse() { (background, foreground) } else { (foreground, background) }
}

/// The colours of xterm.
fn rgb(colour: Color, own: Rgb) -> Rgb {
    const SIXTEEN: [Rgb; 16] = [
        [0, 0, 0],
        [205, 49, 49],
        [13, 188, 121],
        [229, 229, 16],
        [36, 114, 200],
        [188, 63, 188],
        [17, 168, 205],
        [229, 229, 229],
        [102, 102, 102],
        [241, 76, 76],
        [35, 209, 139],
        [245, 245, 67],
        [59, 142, 234],
        [214, 112, 214],
        [41, 184, 219],
        [255, 255, 255],
    ];
    match colour {
        Color::Default => own,
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Idx(index @ 0..16) => SIXTEEN[usize::from(index)],
        Color::Idx(index @ 16..232) => {
            let step = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let index = index - 16;
            [step(index / 36), step(index / 6 % 6), step(index % 6)]
        }
        Color::Idx(index) => [8 + 10 * (index - 232); 3],
    }
}

fn save(picture: &Picture, path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    let mut encoder = png::Encoder::new(
        BufWriter::new(file),
        u32::try_from(picture.width)?,
        u32::try_from(picture.height)?,
    );
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(&picture.pixels)?;
    Ok(())
}
