import Docker from 'dockerode';
import removeTemporaryDirectory from '../temporary-directory/teardown.ts';
import { IMAGE } from './image.ts';

/** Removes what was made from the tests' own image: containers of failed tests, and all slug images. */
export default async function tidyUp(): Promise<void> {
  try {
    await removeImages(new Docker());
  } finally {
    removeTemporaryDirectory();
  }
}

async function removeImages(docker: Docker): Promise<void> {
  const { Id: base } = await docker.getImage(IMAGE).inspect();
  const suffix = `-${base.replace('sha256:', '').slice(0, 12)}`;
  const images = await docker.listImages({ filters: { reference: ['dynoform-slug'] } });
  const names = images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.endsWith(suffix));
  const containers = await docker.listContainers({ all: true });
  const left = containers.filter(({ Image }) => names.includes(Image));
  for (const { Id } of left) await docker.getContainer(Id).remove({ force: true, v: true });
  for (const name of names) await docker.getImage(name).remove({ force: true });
}
