/** By id what people type for a VG: its name, or the id where several have that name. @param names by id */
export function namesForPeople(names: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const count = new Map<string, number>();
  for (const name of names.values()) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map([...names].map(([id, name]) => [id, count.get(name) === 1 ? name : id]));
}
