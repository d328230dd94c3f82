# SPDX-License-Identifier: GPL-2.0-or-later
# What `cmake --install` has put together becomes what Debian's policy wants. Run by cpack.
set(stage ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${stage}/usr/share/doc/ctrlpass)
find_program(GZIP gzip REQUIRED)

# The licence's text is everywhere in Debian; the copyright file says where.
file(REMOVE ${doc}/COPYING)
file(COPY ${CPACK_CTRLPASS_PACKAGE_DIR}/copyright ${CPACK_CTRLPASS_PACKAGE_DIR}/changelog.Debian
     DESTINATION ${doc})
file(COPY_FILE ${CPACK_CTRLPASS_SOURCE_DIR}/man/CHANGELOG.md ${doc}/changelog)
file(MAKE_DIRECTORY ${stage}/usr/share/lintian/overrides)
file(COPY_FILE ${CPACK_CTRLPASS_SOURCE_DIR}/scripts/package/lintian-overrides
     ${stage}/usr/share/lintian/overrides/ctrlpass)

# Debian 12 has its units here.
file(MAKE_DIRECTORY ${stage}/lib/systemd)
file(RENAME ${stage}/usr/lib/systemd/system ${stage}/lib/systemd/system)

file(GLOB texts ${stage}/usr/share/man/*/*.[1-9] ${doc}/changelog ${doc}/changelog.Debian)
execute_process(COMMAND ${GZIP} -9nf ${texts} COMMAND_ERROR_IS_FATAL ANY)

# Whatever the umask of whoever runs cpack is.
file(GLOB_RECURSE everything LIST_DIRECTORIES true ${stage}/*)
foreach(path IN LISTS everything)
    if(IS_DIRECTORY ${path} OR path MATCHES "/sbin/")
        file(CHMOD ${path} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
             GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    else()
        file(CHMOD ${path} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    endif()
endforeach()
