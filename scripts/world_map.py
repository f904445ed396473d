"""Draw the report's two maps once: outlines of the world-atlas package, projected, simplified and keyed by country.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    uv run --with pycountry==26.2.16 --with babel==2.18.0 scripts/world_map.py package

Writes scanner/report/html/maps.json. Borders are Natural Earth's, which draws who controls a place, not who claims it.
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pycountry
from babel import Locale

Point = tuple[float, float]
Ring = list[Point]
Project = Callable[[float, float], Point]

OUT = Path(__file__).parents[1] / "scanner" / "report" / "html" / "maps.json"
ABOUT = {
    "outlines": "Natural Earth 1:110m and 1:50m (public domain), by way of the npm package world-atlas 2.0.2 (ISC)",
    "names_fr": "Unicode CLDR (Unicode-3.0), by way of Babel",
    "projection": "Equal Earth: no country looks larger than it is",
    "built_by": "scripts/world_map.py",
}
WIDTH = 960.0
SMALL = 6.0
"""Units of the map below which a country is a dot as well."""
EUROPE = (-40.0, 30.0, 64.0, 74.0)
"""West, south, east, north of the land drawn for the inset, in degrees; wider than what the page shows of it."""


def equal_earth(centre: float, scale: float, x0: float, y0: float) -> Project:
    """Šavrič, Patterson and Jenny (2018); `scale` in units a radian at the equator."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796

    def project(lon: float, lat: float) -> Point:
        t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
        t2 = t * t
        t6 = t2**3
        across = 2 * math.sqrt(3) * math.radians(lon - centre) * math.cos(t)
        x = across / (3 * (9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1))
        return x0 + x * scale, y0 - t * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1) * scale

    return project


def outlines(path: Path) -> Iterator[tuple[str | None, str, list[Ring]]]:
    """ISO numeric code, English name and rings in degrees, from TopoJSON."""
    topology = json.loads(path.read_text())
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[Ring] = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        arcs.append(arc)

    def ring(indices: Iterable[int]) -> Ring:
        points: Ring = []
        for index in indices:
            points += (arcs[index] if index >= 0 else arcs[~index][::-1])[1 if points else 0 :]
        return points

    for shape in topology["objects"]["countries"]["geometries"]:
        polygons = {"MultiPolygon": shape.get("arcs"), "Polygon": [shape.get("arcs")]}.get(shape["type"]) or []
        yield shape.get("id"), shape["properties"]["name"], [ring(r) for polygon in polygons for r in polygon]


def clip(ring: Ring, axis: int, edge: float, below: bool) -> Ring:
    """Sutherland and Hodgman against one line: x = edge (axis 0) or y = edge (axis 1)."""
    out: Ring = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        inside_a, inside_b = ((p[axis] <= edge) == below or p[axis] == edge for p in (a, b))
        if inside_a:
            out.append(a)
        if inside_a != inside_b:
            share = (edge - a[axis]) / (b[axis] - a[axis])
            crossing = [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
            crossing[axis] = edge
            out.append((crossing[0], crossing[1]))
    return out + out[:1]


def unwrapped(ring: Ring) -> list[Ring]:
    """A ring over the antimeridian cut into its two sides."""
    points = [ring[0]]
    for x, y in ring[1:]:
        points.append((x - 360 * round((x - points[-1][0]) / 360), y))
    low, high = min(p[0] for p in points), max(p[0] for p in points)
    if high > 180.01:
        return [clip(points, 0, 180, True), [(x - 360, y) for x, y in clip(points, 0, 180, False)]]
    if low < -180.01:
        return [clip(points, 0, -180, False), [(x + 360, y) for x, y in clip(points, 0, -180, True)]]
    return [points]


def simplified(points: Ring, tolerance: float) -> Ring:
    """Douglas and Peucker, without recursion."""
    if len(points) < 5:
        return points
    keep = {0, len(points) - 1}
    stack = [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        (x1, y1), (x2, y2) = points[first], points[last]
        dx, dy = x2 - x1, y2 - y1
        length = math.hypot(dx, dy)
        farthest, at = 0.0, 0
        for index in range(first + 1, last):
            px, py = points[index]
            off = abs(dy * (px - x1) - dx * (py - y1)) / length if length else math.hypot(px - x1, py - y1)
            if off > farthest:
                farthest, at = off, index
        if farthest > tolerance:
            keep.add(at)
            stack += [(first, at), (at, last)]
    return [points[index] for index in sorted(keep)]


def drawn(rings: Iterable[Ring], project: Project, tolerance: float) -> tuple[str, list[Ring]]:
    """Path data, and the projected rings themselves."""
    path, kept = [], []
    for ring in rings:
        points = simplified([project(*point) for point in ring], tolerance)
        if len(points) > 3:
            path.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points[:-1]) + "Z")
            kept.append(points)
    return "".join(path), kept


def middle(rings: list[Ring]) -> Point:
    """Centre of mass of the largest ring: the mainland, not the mean of the islands."""
    return max((mass(ring) for ring in rings), key=lambda found: found[0])[1]


def mass(ring: Ring) -> tuple[float, Point]:
    area = cx = cy = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        cross = x1 * y2 - x2 * y1
        area, cx, cy = area + cross / 2, cx + (x1 + x2) * cross, cy + (y1 + y2) * cross
    if abs(area) < 1e-9:
        return 0.0, ring[0]
    return abs(area), (cx / (6 * area), cy / (6 * area))


def code(number: str | None, name: str) -> str | None:
    if name == "Kosovo":
        return "XK"
    found = pycountry.countries.get(numeric=number.zfill(3)) if number else None
    return found.alpha_2 if found else None


def at_home(key: str, rings: list[Ring]) -> dict[str, list[Ring]]:
    """Natural Earth counts what France has overseas as France; ISO 3166 has codes of their own for it."""
    if key != "FR":
        return {key: rings}
    mainland = [ring for ring in rings if -10 < ring[0][0] < 15 and 40 < ring[0][1] < 52]
    guiana = [ring for ring in rings if -60 < ring[0][0] < -50 and 0 < ring[0][1] < 8]
    return {"FR": mainland, "GF": guiana}


def world(folder: Path) -> dict[str, dict[str, object]]:
    project = equal_earth(11, WIDTH / 5.5, WIDTH / 2, 250)
    shapes: dict[str, dict[str, object]] = {}

    def cut(ring: Ring) -> list[Ring]:
        # The map is centred on 11° E, so that Chukotka is not cut from Russia: its edge is at 169° W.
        turned = [[(x - 11, y) for x, y in part] for part in [ring]]
        return [[(x + 11, y) for x, y in part] for whole in turned for part in unwrapped(whole) if len(part) > 3]

    for number, name, rings in outlines(folder / "countries-110m.json"):
        key = code(number, name)
        if key and key != "AQ":
            for part, own in at_home(key, rings).items():
                shapes[part] = {"d": drawn((p for r in own for p in cut(r)), project, 0.25)[0]}
    for number, name, rings in outlines(folder / "countries-50m.json"):
        key = code(number, name)
        if not key or key == "AQ":
            continue
        for part, own in at_home(key, rings).items():
            projected = [[project(*point) for point in piece] for r in own for piece in cut(r)]
            x, y = middle(projected)
            shape = shapes.setdefault(part, {"d": ""})
            shape["at"] = [round(x, 1), round(y, 1)]
            spans = [max(p[i] for r in projected for p in r) - min(p[i] for r in projected for p in r) for i in (0, 1)]
            if max(spans) < SMALL or not shape["d"]:
                shape["dot"] = True
    return dict(sorted(shapes.items()))


def europe(folder: Path) -> dict[str, dict[str, object]]:
    west, south, east, north = EUROPE
    project = equal_earth(9, 620, 260, 828)
    shapes: dict[str, dict[str, object]] = {}
    for number, name, rings in outlines(folder / "countries-50m.json"):
        key = code(number, name)
        if not key:
            continue
        parts = []
        for ring in (part for r in rings for part in unwrapped(r) if len(part) > 3):
            for axis, edge, below in ((0, east, True), (0, west, False), (1, north, True), (1, south, False)):
                ring = clip(ring, axis, edge, below) if len(ring) > 3 else []
            if len(ring) > 3:
                parts.append(ring)
        path, kept = drawn(parts, project, 0.45)
        if path:
            x, y = middle(kept)
            shapes[key] = {"d": path, "at": [round(x, 1), round(y, 1)]}
            spans = [max(p[i] for r in kept for p in r) - min(p[i] for r in kept for p in r) for i in (0, 1)]
            if max(spans) < SMALL:
                shapes[key]["dot"] = True
        elif parts:
            x, y = project(*parts[0][0])
            shapes[key] = {"d": "", "at": [round(x, 1), round(y, 1)], "dot": True}
    return dict(sorted(shapes.items()))


def main() -> None:
    folder = Path(sys.argv[1])
    both = {"world": world(folder), "europe": europe(folder)}
    french = Locale("fr").territories
    names = {key: french[key] for key in sorted(both["world"]) if key in french}
    text = json.dumps({"about": ABOUT, **both, "names_fr": names}, separators=(",", ":"), ensure_ascii=False)
    OUT.write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")
    for name, shapes in both.items():
        xs = [s["at"] for s in shapes.values()]
        print(name, len(shapes), "countries", sum("dot" in s for s in shapes.values()), "dots", min(xs), max(xs))
    print(OUT.stat().st_size // 1024, "KiB")


if __name__ == "__main__":
    main()
